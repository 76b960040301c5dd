package row_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/row"
)

var things = row.Table[thing]{Name: "things", Columns: columns}

const allOfThing = 1<<8 - 1

func full() *thing {
	nick, at := "nick", time.Date(1999, 1, 1, 0, 0, 1, 5000, time.UTC)
	return &thing{"name", &nick, row.Key{1}, &row.Key{2}, at, &at, -7, true}
}

// TestCodec encodes rows and decodes them again: full, with each NULL, with some
// of the columns, and with values around the lengths that take a byte more.
func TestCodec(t *testing.T) {
	c := things.Codec()
	for name, tt := range map[string]struct {
		v, want *thing
		columns row.Columns
	}{
		"full":  {full(), full(), allOfThing},
		"NULLs": {&thing{Made: full().Made}, &thing{Made: full().Made}, allOfThing},
		"some":  {full(), &thing{ID: row.Key{1}, Score: -7}, 1<<2 | 1<<6},
		"none":  {full(), &thing{}, 0},
	} {
		got, columns, _, err := c.Decode(c.Append(nil, tt.v, tt.columns))
		if err != nil || columns != tt.columns {
			t.Fatalf("%s: columns %b, error %v", name, columns, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, n := range []int{0, 1, 125, 126, 127, 128, 16_381, 16_382, 16_383, 16_384, 3_000_000} {
		text := strings.Repeat("x", n)
		v := &thing{Name: text, Nick: &text, Score: 5}
		b := c.Append([]byte("before"), v, 1|2|1<<6)
		got, _, bytes, err := c.Decode(b[len("before"):])
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if diff := cmp.Diff(v, got); diff != "" || bytes < 2*n {
			t.Errorf("%d bytes (-want +got):\n%s", n, diff)
		}
	}
}

// TestDecodeRefuses decodes what was not encoded so.
func TestDecodeRefuses(t *testing.T) {
	c := things.Codec()
	good := c.Append(nil, full(), allOfThing)
	for n := range good {
		if _, _, _, err := c.Decode(good[:n]); err == nil {
			t.Errorf("took the first %d bytes", n)
		}
	}
	if _, _, _, err := c.Decode(append(good, 0)); err == nil {
		t.Error("took a byte more")
	}
	if _, _, _, err := c.Decode([]byte{0xff, 0xff, 1}); err == nil {
		t.Error("took columns that there are not")
	}
}

// TestLayout changes the columns of a table: each table has a layout of its own.
func TestLayout(t *testing.T) {
	name := func(v *thing) *string { return &v.Name }
	all := map[string]string{}
	for what, table := range map[string]row.Table[thing]{
		"one":          {Name: "things", Columns: []row.Column[thing]{row.Text("name", name)}},
		"another name": {Name: "things", Columns: []row.Column[thing]{row.Text("label", name)}},
		"another kind": {Name: "things", Columns: []row.Column[thing]{row.NullText("name", func(v *thing) **string { return &v.Nick })}},
		"two":          {Name: "things", Columns: []row.Column[thing]{row.Text("name", name), row.Text("label", name)}},
		"turned":       {Name: "things", Columns: []row.Column[thing]{row.Text("label", name), row.Text("name", name)}},
		"other table":  {Name: "people", Columns: []row.Column[thing]{row.Text("name", name)}},
	} {
		layout := table.Codec().Layout
		if same, ok := all[layout]; ok {
			t.Errorf("%s has the layout of %s", what, same)
		}
		if all[layout] = what; layout != table.Codec().Layout {
			t.Errorf("%s has two layouts", what)
		}
	}
}

// FuzzDecode decodes anything: it fails, or gives a row that is encoded to the
// same row.
func FuzzDecode(f *testing.F) {
	c := things.Codec()
	f.Add(c.Append(nil, full(), allOfThing))
	f.Add(c.Append(nil, &thing{}, 1|2))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, columns, _, err := c.Decode(b)
		if err != nil {
			return
		}
		again, _, _, err := c.Decode(c.Append(nil, v, columns))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, again); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}
