package database

import "testing"

func TestSnapshot(t *testing.T) {
	s, err := ReadSnapshot("12884901887:12884901892:12884901887,12884901890")
	if err != nil {
		t.Fatal(err)
	}
	// In 32 bits: 0xffffffff runs, 0, 1 and 3 have ended, 2 runs, 4 is next.
	for xid, want := range map[uint32]bool{0xfffffffe: true, 0xffffffff: false, 1: true, 2: false, 3: true, 4: false, 5: false, 0x7fffffff: false, 0x90000000: true} {
		if got := s.Sees(xid); got != want {
			t.Errorf("%#x: got %v", xid, got)
		}
	}
	if (Snapshot{}).Sees(0) || !s.Sees(0) {
		t.Error("what was before all is seen by each snapshot, and by nothing else")
	}
	for _, bad := range []string{"", "1:2", "a:b:c", "1:2:3,x", "1:2:3:4"} {
		if _, err := ReadSnapshot(bad); err == nil {
			t.Errorf("%q is taken for a snapshot", bad)
		}
	}
}
