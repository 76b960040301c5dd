package dbtest

import "syscall"

// roomy says whether the file system of dir has space for what tests put into
// a cluster; in a container, memory often has not.
func roomy(dir string) bool {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return false
	}
	return fs.Bavail*uint64(fs.Bsize) >= 4<<30
}
