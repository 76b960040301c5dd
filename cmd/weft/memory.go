package main

import (
	"runtime/debug"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// gcPercent lets the heap grow to five times what is in use before it is
// collected. What a request allocates is dead when it is answered, so that
// collecting less often costs memory and saves a quarter of the CPU.
const gcPercent = 400

// limitShare is the part of a container's memory, in percent, from which on the
// collector works as hard as it must, whatever gcPercent says.
const limitShare = 85

// maxLimit is from where on a limit is none: version 1 of control groups writes
// "unlimited" as a huge number.
const maxLimit = 1 << 50

// tuneMemory sets how the garbage is collected, unless GOGC or GOMEMLIMIT of
// the environment say so. limit returns how many bytes the control group allows,
// such as memlimit.FromCgroup; an error means no limit.
func tuneMemory(environ []string, limit memlimit.Provider) {
	given := func(name string) bool {
		for _, entry := range environ {
			if value, ok := strings.CutPrefix(entry, name+"="); ok && value != "" {
				return true
			}
		}
		return false
	}
	if !given("GOGC") {
		debug.SetGCPercent(gcPercent)
	}
	if memory, err := limit(); err == nil && memory < maxLimit && !given("GOMEMLIMIT") {
		debug.SetMemoryLimit(int64(memory / 100 * limitShare))
	}
}
