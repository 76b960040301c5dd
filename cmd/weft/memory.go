package main

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// gcPercent lets the heap grow to five times what is in use before it is
// collected. What a request allocates is dead when it is answered, so that
// collecting less often costs memory and saves a quarter of the CPU.
const gcPercent = 400

// ballast is how many bytes are counted as in use beside what is, so that a
// small heap grows to some 100 MB before it is collected, and not to 40. They
// are never touched, so the system gives no memory for them.
const ballast = 16 << 20

// roomForBallast is the least memory of a container that leaves the heap so
// much room.
const roomForBallast = 512 << 20

// limitShare is the part of a container's memory, in percent, from which on the
// collector works as hard as it must, whatever gcPercent says.
const limitShare = 85

// tuneMemory sets how the garbage is collected, unless GOGC or GOMEMLIMIT of
// the environment say so. What it returns has to be kept for as long.
func tuneMemory(environ []string, root fs.FS) (kept []byte) {
	given := func(name string) bool {
		for _, entry := range environ {
			if value, ok := strings.CutPrefix(entry, name+"="); ok && value != "" {
				return true
			}
		}
		return false
	}
	memory, limited := containerMemory(root)
	if !given("GOGC") {
		debug.SetGCPercent(gcPercent)
		if !limited || memory >= roomForBallast {
			kept = make([]byte, ballast)
		}
	}
	if limited && !given("GOMEMLIMIT") {
		debug.SetMemoryLimit(memory / 100 * limitShare)
	}
	return kept
}

// containerMemory is how many bytes the control group of this process may use,
// by either version of them; the narrowest that can be seen counts. It is not
// ok where there is no limit, as outside containers and Linux.
func containerMemory(root fs.FS) (least int64, ok bool) {
	for _, file := range limitFiles(root) {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			continue
		}
		bytes, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		// "max" is no number, and version 1 writes no limit as a huge one.
		if err != nil || bytes <= 0 || bytes > 1<<50 {
			continue
		}
		if !ok || bytes < least {
			least, ok = bytes, true
		}
	}
	return least, ok
}

// limitFiles are where the limits may stand: in the group of this process and
// in all above it.
func limitFiles(root fs.FS) []string {
	files := []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return files
	}
	for line := range strings.Lines(string(text)) {
		// number:controllers:path
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		mount, name := "sys/fs/cgroup", "memory.max"
		if parts[1] != "" {
			mount, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
			if parts[1] != "memory" {
				continue
			}
		}
		for dir := path.Clean("/" + parts[2]); dir != "/"; dir = path.Dir(dir) {
			files = append(files, path.Join(mount, dir, name))
		}
	}
	return files
}

// machine is the file system of the machine.
func machine() fs.FS { return os.DirFS("/") }
