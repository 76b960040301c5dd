package main

import (
	"context"
	"log/slog"
	"maps"
	"sync"
)

// leftToGqlgen counts the operations that run on gqlgen's executor, by reason,
// of which there are few, and logs each reason once.
type leftToGqlgen struct {
	logger *slog.Logger

	mu     sync.Mutex
	counts map[string]int64
}

func (l *leftToGqlgen) note(ctx context.Context, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = make(map[string]int64)
	}
	if l.counts[reason]++; l.counts[reason] == 1 {
		l.logger.InfoContext(ctx, "an operation runs on gqlgen's executor; further ones for this reason are not logged", "reason", reason)
	}
}

// byReason returns the counts.
func (l *leftToGqlgen) byReason() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts)
}
