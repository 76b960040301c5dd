//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// What one request of a stranger, of at most 64 kB, may take.
const (
	maxCPU    = 2 * time.Second
	maxMemory = 64 << 20
	maxAnswer = 8 << 20
)

// measured is what a request took: of the server and its database until both
// were still again, whether or not the answer had arrived by then.
type measured struct {
	request
	answer
	sent   int // bytes
	cpu    time.Duration
	memory int64 // bytes by which the server grew at its highest
	lost   error // why no answer came
}

// measure sends a request while nothing else is sent.
func (t *target) measure(ctx context.Context, r request) (measured, error) {
	body, err := json.Marshal(map[string]any{"query": r.query, "variables": r.variables})
	if err != nil {
		return measured{}, err
	}
	m := measured{request: r, sent: len(body)}
	before, err := t.cpu()
	if err != nil {
		return m, err
	}
	resident, err := t.server.ResetPeak()
	if err != nil {
		return m, err
	}
	m.answer, m.lost = t.send(ctx, r)
	if err := ctx.Err(); err != nil {
		return m, err
	}
	after, err := t.still(ctx)
	if err != nil {
		return m, err
	}
	m.cpu = after - before
	peak, err := t.server.Peak()
	m.memory = max(0, peak-resident)
	return m, err
}

// still waits until server and database use no processor time, and returns
// what they have used by then.
func (t *target) still(ctx context.Context) (time.Duration, error) {
	const look, quiet, limit = 40 * time.Millisecond, 2, 1500
	last, err := t.cpu()
	for looks, idle := 0, 0; err == nil && idle < quiet && looks < limit; looks++ {
		pause(ctx, look)
		var used time.Duration
		used, err = t.cpu()
		if idle++; used-last > look/4 {
			idle = 0
		}
		last = used
	}
	return last, err
}

// share is how much of what is allowed the request took of what it took most
// of; more than 1 is too much.
func (m measured) share() float64 {
	return max(m.cpu.Seconds()/maxCPU.Seconds(), float64(m.memory)/maxMemory, float64(len(m.body))/maxAnswer)
}

func (m measured) faults() []string {
	var faults []string
	if m.lost != nil {
		faults = append(faults, fmt.Sprintf("%s: no answer: %v", m.name, m.lost))
	}
	if m.cpu > maxCPU {
		faults = append(faults, fmt.Sprintf("%s: %.2f s of CPU, at most %.0f are allowed", m.name, m.cpu.Seconds(), maxCPU.Seconds()))
	}
	if m.memory > maxMemory {
		faults = append(faults, fmt.Sprintf("%s: %d MB of memory, at most %d are allowed", m.name, m.memory>>20, maxMemory>>20))
	}
	if len(m.body) > maxAnswer {
		faults = append(faults, fmt.Sprintf("%s: an answer of %d bytes, at most %d are allowed", m.name, len(m.body), maxAnswer))
	}
	return faults
}

func (m measured) row() string {
	outcome := "refused"
	if m.data() {
		outcome = "data"
	}
	return fmt.Sprintf("| %s | %d | %s | %.2f | %.1f | %.2f | %.2f |",
		m.name, m.sent, outcome, m.cpu.Seconds(), float64(m.memory)/(1<<20), float64(len(m.body))/(1<<20), m.took.Seconds())
}
