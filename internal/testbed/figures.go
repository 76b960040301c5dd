//go:build linux

package testbed

import (
	"context"
	"slices"
	"time"
)

// Figures are what one server did with a number of clients. CPU is per request.
type Figures struct {
	PerSecond          float64
	P50, P99           time.Duration
	ServerCPU, DataCPU time.Duration
}

// TotalCPU is that of the server and its database.
func (f Figures) TotalCPU() time.Duration { return f.ServerCPU + f.DataCPU }

// CPU is the processor time that a server and its database have used.
func CPU(s *Server, db *Postgres) (server, data time.Duration, err error) {
	if server, err = s.CPU(); err != nil {
		return 0, 0, err
	}
	data, err = db.CPU()
	return server, data, err
}

// Observe drives one server and reads the processor times before and after.
func Observe(ctx context.Context, s *Server, db *Postgres, requests [][]byte, clients int, duration time.Duration) (f Figures, err error) {
	server, data, err := CPU(s, db)
	if err != nil {
		return f, err
	}
	start := time.Now()
	took, err := Drive(ctx, s.Addr, requests, clients, duration)
	if err != nil {
		return f, err
	}
	elapsed := time.Since(start)
	serverAfter, dataAfter, err := CPU(s, db)
	if err != nil {
		return f, err
	}
	slices.Sort(took)
	n := time.Duration(len(took))
	return Figures{
		PerSecond: float64(n) / elapsed.Seconds(), P50: took[n/2], P99: took[n*99/100],
		ServerCPU: (serverAfter - server) / n, DataCPU: (dataAfter - data) / n,
	}, nil
}

// Median takes the median of each figure by itself.
func Median(rounds []Figures) Figures {
	return Figures{
		PerSecond: middle(rounds, func(f Figures) float64 { return f.PerSecond }),
		P50:       middle(rounds, func(f Figures) time.Duration { return f.P50 }),
		P99:       middle(rounds, func(f Figures) time.Duration { return f.P99 }),
		ServerCPU: middle(rounds, func(f Figures) time.Duration { return f.ServerCPU }),
		DataCPU:   middle(rounds, func(f Figures) time.Duration { return f.DataCPU }),
	}
}

func middle[T float64 | time.Duration](rounds []Figures, of func(Figures) T) T {
	values := make([]T, len(rounds))
	for i, f := range rounds {
		values[i] = of(f)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
