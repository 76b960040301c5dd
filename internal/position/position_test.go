package position_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/weftql/weft/internal/position"
)

func TestOrder(t *testing.T) {
	want := []position.Position{
		{}, position.OfCounter(1), position.OfCounter(2), {Timeline: 1, LSN: 1 << 40}, {Timeline: 2, LSN: 1}, position.Unknown,
	}
	got := []position.Position{want[3], want[5], want[0], want[4], want[2], want[1]}
	slices.SortFunc(got, position.Position.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReached(t *testing.T) {
	at := position.Position{Timeline: 2, LSN: 10}
	for _, c := range []struct {
		name string
		of   position.Position
		want bool
	}{
		{"nothing to reach", position.Position{}, true},
		{"itself", at, true},
		{"earlier", position.Position{Timeline: 2, LSN: 9}, true},
		{"later", position.Position{Timeline: 2, LSN: 11}, false},
		{"earlier timeline", position.Position{Timeline: 1, LSN: 9}, false},
		{"later timeline", position.Position{Timeline: 3, LSN: 9}, false},
		{"unknown", position.Unknown, false},
	} {
		if got := at.Reached(c.of); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func TestText(t *testing.T) {
	lsn, err := position.ParseLSN("1A/5DFE3008")
	if p := (position.Position{Timeline: 3, LSN: lsn}); err != nil || p.String() != "3/1A/5DFE3008" {
		t.Errorf("got %s, %v", p, err)
	}
	for _, bad := range []string{"", "0", "/", "0/", "0/x", "0/1/2", "123456789/0", "-1/0"} {
		if _, err := position.ParseLSN(bad); err == nil {
			t.Errorf("%q is taken for an LSN", bad)
		}
	}
}

func TestRecorderKeepsTheLatest(t *testing.T) {
	var r position.Recorder
	ctx := position.NewContext(t.Context(), &r)
	var all sync.WaitGroup
	for n := range uint64(100) {
		all.Go(func() { position.FromContext(ctx).Note(position.OfCounter(n)) })
	}
	all.Wait()
	if got := r.Last(); got != position.OfCounter(99) {
		t.Errorf("got %s", got)
	}
	position.FromContext(t.Context()).Note(position.OfCounter(1)) // nobody asked
	if got := position.FromContext(t.Context()).Last(); !got.IsZero() {
		t.Errorf("got %s without a recorder", got)
	}
}
