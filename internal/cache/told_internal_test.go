package cache

import (
	"math"
	"testing"

	"github.com/weftql/weft/internal/database"
)

func TestSeen(t *testing.T) {
	t.Parallel()
	snapshot := func(text string) database.Snapshot {
		s, err := database.ReadSnapshot(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var told told
	for i, xid := range []uint32{10, 12, 11, 13} {
		told.add(transaction{lsn: uint64(100 * (i + 1)), xid: xid})
	}
	for text, want := range map[string]uint64{
		"14:14:":      math.MaxUint64,
		"10:14:10":    99,
		"11:14:11":    299, // 12, which is before it in the log, is seen, and 13 after it too
		"13:13:":      399,
		"10:10:":      99,
		"11:14:11,13": 299,
	} {
		if got := told.seen(snapshot(text)); got != want {
			t.Errorf("%s: got %d, not %d", text, got, want)
		}
	}
	for i := range uint32(maxTold) {
		told.add(transaction{lsn: 1000 + uint64(i), xid: 20 + i})
	}
	if got := told.seen(snapshot("14:2000:15")); got != math.MaxUint64 {
		t.Errorf("all that is forgotten is seen: got %d", got)
	}
	if got := told.seen(snapshot("13:2000:13")); got != 0 {
		t.Errorf("what is forgotten may not be seen: got %d", got)
	}
	told.forget()
	if got := told.seen(snapshot("1:1:")); got != math.MaxUint64 {
		t.Errorf("nothing was told: got %d", got)
	}
}
