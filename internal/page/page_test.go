package page

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/weftql/weft/internal/apperr"
)

var newest = Order{Field: PublishedAt, Desc: true}

func TestCursorReadsBack(t *testing.T) {
	id := uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057")
	for _, tt := range []struct {
		order Order
		at    Position
	}{
		{newest, AtTime(time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC), id)},
		{Order{Field: CreatedAt}, AtTime(time.Unix(-1, 0), id)},
		{Order{Field: Score, Desc: true}, AtInt(-42, id)},
		{Order{Field: Username}, AtText("grüße", id)},
		{Order{Field: Name}, AtText("", id)},
		{Order{Field: Rank, Desc: true}, AtInt(1, id)},
	} {
		cursor := tt.order.Cursor(List{Name: "Query.posts"}, tt.at)
		got, err := tt.order.position(List{Name: "Query.posts"}, cursor)
		if err != nil {
			t.Fatalf("%+v: %v", tt.order, err)
		}
		if diff := cmp.Diff(tt.at, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.order, diff)
		}
	}
}

func TestCursorRefused(t *testing.T) {
	good := newest.Cursor(List{Name: "Query.posts"}, AtTime(time.Unix(1e9, 0), uuid.Max))
	if _, err := newest.position(List{Name: "User.posts"}, good); err == nil {
		t.Error("a cursor of another list was taken")
	}
	if _, err := newest.position(List{"Query.posts", uuid.Max}, good); err == nil {
		t.Error("a cursor of nobody's list was taken for one of somebody's")
	}
	if _, err := newest.position(List{"User.posts", [16]byte{2}}, newest.Cursor(List{"User.posts", [16]byte{1}}, AtInt(1, uuid.Max))); err == nil {
		t.Error("a cursor of another user's list was taken")
	}
	if _, err := (Order{Field: PublishedAt}).position(List{Name: "Query.posts"}, good); err == nil {
		t.Error("a cursor of the other direction was taken")
	}
	if _, err := (Order{Field: CreatedAt, Desc: true}).position(List{Name: "Query.posts"}, good); err == nil {
		t.Error("a cursor of another order was taken")
	}
	for i := range good {
		for _, c := range "Ab0_é\n\r" {
			edited := good[:i] + string(c) + good[i+1:]
			if edited == good {
				continue
			}
			if _, err := newest.position(List{Name: "Query.posts"}, edited); err == nil {
				t.Errorf("the cursor was taken with %q at %d", c, i)
			}
		}
		if _, err := newest.position(List{Name: "Query.posts"}, good[:i]); err == nil {
			t.Errorf("the first %d characters were taken for a cursor", i)
		}
	}
	if _, err := newest.position(List{Name: "Query.posts"}, strings.Repeat("A", 1<<20)); err == nil {
		t.Error("a megabyte was taken for a cursor")
	}
}

func TestCursorTellsNoRank(t *testing.T) {
	best := Order{Field: Rank, Desc: true}
	list := List{Name: "Query.search"}
	at := AtInt(2, uuid.Max)
	cursor := best.Cursor(list, at)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := binary.Varint(raw[2:]); n == at.Int {
		t.Error("the rank can be read")
	}
	if got, err := best.position(list, cursor); err != nil || got != at {
		t.Errorf("got %v, %v; want %v", got, err, at)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(newest.Cursor(List{Name: "l"}, AtInt(1, uuid.Max)), uint8(PublishedAt), true)
	f.Fuzz(func(t *testing.T, cursor string, field uint8, desc bool) {
		order := Order{Field: Field(field), Desc: desc}
		at, err := order.position(List{Name: "l"}, cursor)
		if err == nil && order.Cursor(List{Name: "l"}, at) != cursor {
			t.Errorf("%q reads back as %q", cursor, order.Cursor(List{Name: "l"}, at))
		}
	})
}

func TestParse(t *testing.T) {
	n := func(i int) *int { return &i }
	s := func(s string) *string { return &s }
	for name, tt := range map[string]struct {
		args   Args
		fields []string
		size   int
	}{
		"Default":      {Args{}, nil, 20},
		"First":        {Args{First: n(100)}, nil, 100},
		"Zero":         {Args{First: n(0)}, nil, 0},
		"Last":         {Args{Last: n(7)}, nil, 7},
		"Negative":     {Args{First: n(-1)}, []string{"first"}, 0},
		"TooMany":      {Args{Last: n(101)}, []string{"last"}, 0},
		"FirstAndLast": {Args{First: n(1), Last: n(1)}, []string{"last"}, 0},
		"All":          {Args{First: n(-5), After: s("x"), Before: s("")}, []string{"first", "after", "before"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tt.args.Parse(List{Name: "Query.posts"}, newest)
			if tt.fields == nil {
				if err != nil || p.Size != tt.size {
					t.Fatalf("got size %d, error %v; want %d", p.Size, err, tt.size)
				}
				return
			}
			if apperr.CodeOf(err) != apperr.BadUserInput {
				t.Fatalf("got %v, want BAD_USER_INPUT", err)
			}
			var got []string
			for _, f := range err.(*apperr.Error).Fields {
				got = append(got, f.Path)
			}
			if diff := cmp.Diff(tt.fields, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCut(t *testing.T) {
	rows := func(s string) []rune { return []rune(s) }
	for name, tt := range map[string]struct {
		page Page
		rows string
		want string
		info Info
	}{
		"Whole":         {Page{Size: 3}, "abc", "abc", Info{}},
		"More":          {Page{Size: 2}, "abc", "ab", Info{HasNext: true}},
		"After":         {Page{Size: 3, HasAfter: true}, "bc", "bc", Info{HasPrevious: true}},
		"Backward":      {Page{Size: 2, Backward: true}, "cba", "bc", Info{HasPrevious: true}},
		"BackwardUntil": {Page{Size: 5, Backward: true, HasUntil: true}, "ba", "ab", Info{HasNext: true}},
		"Empty":         {Page{Size: 0}, "a", "", Info{HasNext: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got, info := Cut(tt.page, rows(tt.rows))
			if string(got) != tt.want || info != tt.info {
				t.Errorf("got %q %+v, want %q %+v", string(got), info, tt.want, tt.info)
			}
		})
	}
}
