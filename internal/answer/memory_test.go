package answer_test

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// TestBound floods a cache with distinct operations, with answers of all sizes
// and with bodies that are also kept compressed. The counted bytes stay within
// 10 % of the bound, and so does the memory that the process really uses.
func TestBound(t *testing.T) {
	const room = 16 << 20
	p := newPaper(t, "sqlite", room)
	p.kept()
	random := rand.New(rand.NewPCG(1, 2))
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	form := make([]byte, 300)
	most := int64(0)
	for i := range 30_000 {
		padding := random.IntN(300)
		if i%10 == 0 {
			padding = random.IntN(20_000)
		}
		variables := map[string]any{"n": i, "padding": padding}
		p.send(variables)
		if i%2 == 0 {
			if r := p.send(variables); r.Forms != nil {
				r.Forms.Form("gzip", func() []byte { return append([]byte(nil), form...) })
			}
		}
		if i%1000 == 0 {
			most = max(most, p.answers.Stats().Bytes)
		}
	}
	s := p.answers.Stats()
	for n := 0; n < 200 && s.Bytes > room*11/10; n++ { // evicted entries are removed a little later
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // nothing tells
		s = p.answers.Stats()
	}
	taken := heap() - before
	t.Logf("%d answers of %d that were stored; %d bytes counted, %d at most on the way, %d taken: %d an answer beside what is counted",
		s.Entries, s.Stored, s.Bytes, most, taken, (taken-s.Bytes)/int64(s.Entries))
	if s.Bytes > room*11/10 || most > room*11/10 {
		t.Errorf("%d bytes are counted, %d on the way, of %d", s.Bytes, most, room)
	}
	if s.Bytes < room*8/10 || s.Evicted == 0 || s.Stored < 29_000 {
		t.Errorf("it was no flood: %+v", s)
	}
	if taken > room*11/10 {
		t.Errorf("%d bytes are taken of %d", taken, room)
	}
	runtime.KeepAlive(p)
}
