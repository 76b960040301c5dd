package main

import (
	"testing"
	"testing/fstest"
)

func TestContainerMemory(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, tt := range []struct {
		name string
		root fstest.MapFS
		want int64 // 0: no limit
	}{
		{"NoContainer", fstest.MapFS{}, 0},
		{"Unlimited", fstest.MapFS{"sys/fs/cgroup/memory.max": file("max\n")}, 0},
		{"Limited", fstest.MapFS{"sys/fs/cgroup/memory.max": file("536870912\n")}, 512 << 20},
		{"OwnGroup", fstest.MapFS{
			"proc/self/cgroup": file("0::/system.slice/weft.service\n"),
			"sys/fs/cgroup/system.slice/weft.service/memory.max": file("268435456\n"),
			"sys/fs/cgroup/system.slice/memory.max":              file("max\n"),
		}, 256 << 20},
		{"ParentIsNarrower", fstest.MapFS{
			"proc/self/cgroup":                  file("0::/pod/weft\n"),
			"sys/fs/cgroup/pod/weft/memory.max": file("2147483648\n"),
			"sys/fs/cgroup/pod/memory.max":      file("1073741824\n"),
		}, 1 << 30},
		{"Version1", fstest.MapFS{
			"proc/self/cgroup":                                    file("12:cpu,cpuacct:/docker/x\n5:memory:/docker/x\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":          file("9223372036854771712\n"),
			"sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": file("134217728\n"),
		}, 128 << 20},
		{"Garbage", fstest.MapFS{"proc/self/cgroup": file("garbage"), "sys/fs/cgroup/memory.max": file("-1")}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := containerMemory(tt.root)
			if got != tt.want || ok != (tt.want != 0) {
				t.Errorf("got %d, %v, want %d", got, ok, tt.want)
			}
		})
	}
}
