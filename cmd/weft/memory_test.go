package main

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

func TestTuneMemory(t *testing.T) {
	percent, bytes := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(bytes) })
	none := func() (uint64, error) { return 0, memlimit.ErrNoLimit }
	for _, tt := range []struct {
		name    string
		environ []string
		limit   memlimit.Provider
		percent int
		bytes   int64
	}{
		{"NoLimit", nil, none, gcPercent, math.MaxInt64},
		{"HugeLimit", nil, memlimit.Limit(math.MaxInt64 &^ 4095), gcPercent, math.MaxInt64},
		{"Limit", nil, memlimit.Limit(1000 << 20), gcPercent, 850 << 20},
		{"NarrowLimit", nil, memlimit.Limit(200 << 20), gcPercent, 170 << 20},
		{"Given", []string{"GOGC=50", "GOMEMLIMIT=1GiB"}, memlimit.Limit(1000 << 20), 100, math.MaxInt64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			debug.SetGCPercent(100)
			debug.SetMemoryLimit(math.MaxInt64)
			tuneMemory(tt.environ, tt.limit)
			if got := debug.SetGCPercent(100); got != tt.percent {
				t.Errorf("the garbage is collected at %d %%, want %d", got, tt.percent)
			}
			if got := debug.SetMemoryLimit(-1); got != tt.bytes {
				t.Errorf("the limit is %d bytes, want %d", got, tt.bytes)
			}
		})
	}
}
