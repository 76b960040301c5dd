package stackexchange

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestSiteName(t *testing.T) {
	for dir, want := range map[string]string{
		"beer-2014-05": "beer", "beer-2020-06": "beer", "Beer_20240402": "beer", "beer.2020-06-01": "beer", "beer-2024": "beer",
		"conlang-meta-2020-09": "conlang-meta", "beer.stackexchange.com": "beer.stackexchange.com", "route66": "route66", "bus-1234": "bus-1234",
	} {
		if got, err := siteName(filepath.Join("dumps", dir) + "/"); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", dir, got, err, want)
		}
	}
	if _, err := siteName("/-2014-05"); err == nil {
		t.Error("a date alone was taken for a name")
	}
}

func TestIDs(t *testing.T) {
	var last uuid.UUID
	for _, n := range []int64{-maxID, -1, 0, 1, 2, 1_000_000_010, maxID} {
		id := rowID("beer", "post", n)
		if id.Version() != 7 || id.Variant() != uuid.RFC4122 {
			t.Errorf("%d: %v is no UUID v7", n, id)
		}
		if bytes.Compare(id[:], last[:]) <= 0 {
			t.Errorf("%d: %v does not come after %v", n, id, last)
		}
		last = id
	}
	// Imported ids are kept by clients: they never change.
	if got, want := rowID("beer", "post", 1).String(), "011b7669-f401-7677-a9d8-5092290e848e"; got != want {
		t.Errorf("post 1 of beer has the id %s, want %s", got, want)
	}
	if sec, nsec := rowID("beer", "post", 1500).Time().UnixTime(); !time.Unix(sec, nsec).Equal(epoch.Add(1500 * time.Millisecond)) {
		t.Errorf("the time of post 1500 is %v", time.Unix(sec, nsec).UTC())
	}
	if rowID("beer", "post", 1) == rowID("wine", "post", 1) || rowID("beer", "post", 1) == rowID("beer", "user", 1) {
		t.Error("two rows share an id")
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"José  Müller": "jose-muller", "": "user", "日本語": "user", "O'Brien": "obrien", "a_b.c": "a-b-c", "--x--": "x", "Ａlice ²": "alice-2",
		"user1234": "user1234", "Иван Ivan": "ivan", strings.Repeat("long ", 20): "long-long-long-long-long",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestSplitTags(t *testing.T) {
	for value, want := range map[string][]string{
		"<wine><taste>": {"wine", "taste"}, "|wine|taste|": {"wine", "taste"}, "<c#>": {"c#"}, "|3.2-beer|": {"3.2-beer"}, "": nil,
		"<Wine><wine>": {"wine"}, "<русский>": {"русский"},
	} {
		got, err := splitTags(value)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", value, err, diff)
		}
	}
	for _, value := range []string{"wine", "<wine", "wine>", "<>", "||", "|", "<", "<a>|b|", "<a|b>", "|<a>|", "<" + strings.Repeat("x", 36) + ">", "&lt;wine&gt;"} {
		if got, err := splitTags(value); err == nil {
			t.Errorf("%q was read as %q", value, got)
		}
	}
}

func TestWebAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.org/a.png": "https://example.org/a.png", "HTTP://example.org": "HTTP://example.org", "//example.org/a": "https://example.org/a",
		"javascript:alert(1)": "", "": "", "/a.png": "", "https://example.org/\"><script>": "", "https://" + strings.Repeat("x", maxURL): "",
	} {
		if got := webAddress(address); got != want {
			t.Errorf("%.40q: %q, want %q", address, got, want)
		}
	}
}
