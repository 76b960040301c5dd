//go:build unix && !linux

package dbtest

func roomy(string) bool { return false }
