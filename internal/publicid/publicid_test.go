package publicid_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
)

func TestSpecificationVectors(t *testing.T) {
	for _, tt := range []struct{ suffix, uuid string }{
		{"00000000000000000000000000", "00000000-0000-0000-0000-000000000000"},
		{"00000000000000000000000001", "00000000-0000-0000-0000-000000000001"},
		{"0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"},
		{"0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"},
		{"00000000000000000000000010", "00000000-0000-0000-0000-000000000020"},
		{"7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{"0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"},
		{"01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"},
	} {
		id := typeid.PostFrom(uuid.MustParse(tt.uuid))
		if got, want := id.String(), "post_"+tt.suffix; got != want {
			t.Errorf("%s encodes to %s, want %s", tt.uuid, got, want)
		}
		parsed, err := typeid.Parse("post_" + tt.suffix)
		if err != nil {
			t.Fatal(err)
		}
		if post, err := parsed.Post(); err != nil || post != id {
			t.Errorf("%s decodes to %v, %v", tt.suffix, post, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{
		"", "_", "post", "post_", "_01h455vb4pex5vsknk084sn02q", "post_01h455vb4pex5vsknk084sn02",
		"post_01h455vb4pex5vsknk084sn02qq", "post_81h455vb4pex5vsknk084sn02q", "post_01H455VB4PEX5VSKNK084SN02Q",
		"post_01h455vb4pex5vsknk084sn02u", "post_01h455vb4pex5vsknk084sn0é", "user_01h455vb4pex5vsknk084sn02q",
		"01890a5d-ac96-774b-bcce-b302099a8057", "post_" + strings.Repeat("é", 100000), "x_01h455vb4pex5vsknk084sn02q",
	} {
		var id typeid.Post
		err := id.UnmarshalGQL(s)
		parseErr, ok := errors.AsType[*typeid.ParseError](err)
		if !ok {
			t.Errorf("%.40q: got %v, want a *ParseError", s, err)
			continue
		}
		if len(parseErr.Error()) > 400 {
			t.Errorf("%.40q: the message has %d bytes", s, len(parseErr.Error()))
		}
	}
	var id typeid.Any
	if err := id.UnmarshalGQL(7); err == nil {
		t.Error("a number was taken for an id")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("post_01h455vb4pex5vsknk084sn02q")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := typeid.Parse(s)
		if err == nil && id.String() != s {
			t.Errorf("%q reads back as %q", s, id)
		}
	})
}

func TestNewIDsAscend(t *testing.T) {
	last := typeid.NewPost().String()
	for range 1000 {
		next := typeid.NewPost().String()
		if next <= last {
			t.Fatalf("%s came after %s", next, last)
		}
		last = next
	}
}
