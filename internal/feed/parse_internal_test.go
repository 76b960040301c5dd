package feed

import (
	"encoding/binary"
	"testing"
)

// FuzzTake gives the assembler input that a server would never send: it must
// not panic, nor hold more than its bound.
func FuzzTake(f *testing.F) {
	begin := binary.BigEndian.AppendUint32(append([]byte{'B'}, make([]byte, 16)...), 7)
	text := `{"changes":[{"t":"posts","i":"x","o":"u"}]}`
	m := append(append([]byte{'M', 1}, make([]byte, 8)...), "weft\x00"...)
	m = append(binary.BigEndian.AppendUint32(m, uint32(len(text))), text...)
	commit := append([]byte{'C', 0}, make([]byte, 24)...)
	f.Add(begin, m, commit)
	f.Add([]byte{'S', 0, 0, 0, 9, 1}, append([]byte{'M', 0, 0, 0, 9}, m[1:]...), []byte{'E'})
	f.Add([]byte{'A', 0, 0, 0, 9, 0, 0, 0, 9}, []byte{'c', 0, 0, 0, 9}, []byte{'M'})
	f.Fuzz(func(t *testing.T, x, y, z []byte) {
		var a assembler
		for _, b := range [][]byte{x, y, z, y, z} {
			if _, _, err := a.take(b); err != nil {
				break
			}
			if _, err := unwrap(b); err == nil && len(b) == 0 {
				t.Error("nothing is taken for a message")
			}
		}
		if a.held < 0 || a.held > maxHeld {
			t.Errorf("%d bytes are held", a.held)
		}
	})
}

func TestTake(t *testing.T) {
	begin := binary.BigEndian.AppendUint32(append([]byte{'B'}, make([]byte, 16)...), 7)
	message := func(prefix, text string) []byte {
		m := append(append([]byte{'M', 1}, make([]byte, 8)...), prefix+"\x00"...)
		return append(binary.BigEndian.AppendUint32(m, uint32(len(text))), text...)
	}
	commit := append(binary.BigEndian.AppendUint64(append([]byte{'C', 0}, make([]byte, 8)...), 42), make([]byte, 8)...)
	a := assembler{timeline: 3}
	for _, b := range [][]byte{begin, message("other", "?"), message("weft", `{"changes":[{"t":"posts"}]}`)} {
		if _, done, err := a.take(b); done || err != nil {
			t.Fatalf("%q: %v, %v", b, done, err)
		}
	}
	if !a.inside() {
		t.Error("between begin and commit it is not inside")
	}
	e, done, err := a.take(commit)
	if err != nil || !done || e.XID != 7 || e.Position.LSN != 42 || e.Position.Timeline != 3 || e.All || len(e.Changes) != 1 {
		t.Errorf("got %+v, %v, %v", e, done, err)
	}
	for _, text := range []string{"", "{", `{"changes":[{"i":"no table"}]}`, `{"changes":"?"}`} {
		var a assembler
		_, _, _ = a.take(begin)
		_, _, _ = a.take(message("weft", text))
		if e, done, err := a.take(commit); err != nil || !done || !e.All {
			t.Errorf("a message %q that cannot be read: %+v, %v, %v", text, e, done, err)
		}
	}
}
