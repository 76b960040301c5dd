package row_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/row"
)

type thing struct {
	Name   string
	Nick   *string
	ID     row.Key
	Parent *row.Key
	Made   time.Time
	Ended  *time.Time
	Score  int
	Open   bool
}

var columns = []row.Column[thing]{
	row.Text("name", func(v *thing) *string { return &v.Name }),
	row.NullText("nick", func(v *thing) **string { return &v.Nick }),
	row.UUID("id", func(v *thing) *row.Key { return &v.ID }),
	row.NullUUID("parent", func(v *thing) any { return &v.Parent }, func(v *thing) *row.Key { v.Parent = new(row.Key); return v.Parent }, func(v *thing) *row.Key { return v.Parent }),
	row.Time("made", func(v *thing) *time.Time { return &v.Made }),
	row.NullTime("ended", func(v *thing) **time.Time { return &v.Ended }),
	row.Number("score", func(v *thing) *int { return &v.Score }),
	row.Flag("open", func(v *thing) *bool { return &v.Open }),
}

func read(raw ...[]byte) (thing, error) {
	var v thing
	err := row.Read(raw, nil, columns, &struct{}{}, &v, &row.Arena{Rows: 1})
	return v, err
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// TestRead reads a row as PostgreSQL sends it, full and with each NULL.
func TestRead(t *testing.T) {
	nick, at := "nick", time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC)
	id, parent := row.Key{1}, row.Key{2}
	full := thing{"name", &nick, id, &parent, at, &at, -7, true}
	got, err := read([]byte("name"), []byte("nick"), id[:], parent[:], number(1e6), number(1e6), number(-7), []byte{1})
	if diff := cmp.Diff(full, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	null := thing{Name: "", ID: id, Made: at, Score: 0}
	got, err = read([]byte{}, nil, id[:], nil, number(1e6), nil, number(0), []byte{0})
	if diff := cmp.Diff(null, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestReadRefuses names the column of a value that does not fit.
func TestReadRefuses(t *testing.T) {
	id, at := make([]byte, 16), number(0)
	for column, raw := range map[string][][]byte{
		"name":  {nil, nil, id, nil, at, nil, at, {0}},
		"id":    {{}, nil, id[:15], nil, at, nil, at, {0}},
		"made":  {{}, nil, id, nil, number(1<<63 - 1), nil, at, {0}},
		"score": {{}, nil, id, nil, at, nil, at[:4], {0}},
		"open":  {{}, nil, id, nil, at, nil, at, nil},
	} {
		if _, err := read(raw...); err == nil || !strings.Contains(err.Error(), "column "+column) {
			t.Errorf("%s: got %v", column, err)
		}
	}
	if _, err := read(id); err == nil {
		t.Error("took a row of one column")
	}
}
