package stackexchange

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/bulk"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestFaults(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		var faults []string
		summary, err := Import(t.Context(), db, Options{
			Dir: filepath.Join("testdata", "faults"), Report: func(f Fault) { faults = append(faults, f.String()) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{
			`Users.xml:7: Id: "x" is not a number`,
			`Users.xml:8: CreationDate: "2014-13-41T20:21:18.797" is not a date`,
			`Users.xml:9: CreationDate is missing`,
			`Users.xml:10: Id is missing`,
			`Users.xml:11: DisplayName: it holds a NUL`,
			`Users.xml:12: DisplayName: &bomb; is unknown`,
			`Users.xml:13: the row is not closed`,
			`Users.xml:14: a < stands in the value of DisplayName`,
			`Users.xml:15: attribute Id stands twice`,
			`Users.xml:16: Id: "99999999999999999999" is not a number`,
			`Users.xml:17: "<user Id=\"14\" />" is not a row`,
			`Posts.xml:8: Title is missing`,
			`Posts.xml:9: Tags: "wine taste" is neither <a><b> nor |a|b|`,
			`Posts.xml:10: PostTypeId: "one" is not a number`,
			`Posts.xml:13: the row is not closed`,
			`Posts.xml:11: Score is missing`,
			`Posts.xml:12: ParentId: "two" is not a number`,
			`Comments.xml:6: PostId is missing`,
		}, faults); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
		want := Summary{
			Site: "faults", Missing: []string{"Tags.xml", "Votes.xml"},
			Users:     Count{Read: 5, Result: bulk.Result{Inserted: 5}, Faults: 11, Cleaned: 1},
			Tags:      Count{Result: bulk.Result{Inserted: 3}},
			Questions: Count{Read: 3, Result: bulk.Result{Inserted: 3}, Faults: 4, Ghost: 1},
			Answers: Count{
				Read: 3, Result: bulk.Result{Inserted: 1}, Faults: 2, Ghost: 1, Skipped: map[string]int{"its question is not there": 2},
			},
			Comments: Count{
				Read: 3, Result: bulk.Result{Inserted: 2}, Faults: 1, Ghost: 1,
				Skipped: map[string]int{"its question or answer is not there": 1},
			},
			OtherPosts: map[string]int{"tag wiki": 1},
		}
		if diff := cmp.Diff(want, summary); diff != "" {
			t.Errorf("summary (-want +got):\n%s", diff)
		}
		if got := summary.Faults(); got != len(faults) {
			t.Errorf("%d faults are counted", got)
		}
		var names []string
		for _, u := range db.Client().User.Query().AllX(t.Context()) {
			names = append(names, u.Username+"|"+u.Name+"|"+u.Bio+"|"+u.AvatarURL)
		}
		if diff := cmp.Diff([]string{
			"ghost|Ghost|Stands in for authors whose accounts are gone.|",
			"community--1|Community||",
			"jose-muller-1|José Müller|I brew.|https://example.org/a.png",
			"user2-2|user2||",
			"user-3|日本語||",
			"two-lines-and-a-control-15|Two lines, and a control character||",
		}, names); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
		var out strings.Builder
		if _, err := summary.WriteTo(&out); err != nil || !strings.Contains(out.String(), "2 skipped (its question is not there)") {
			t.Errorf("%s%v", &out, err)
		}
	})
}

func TestOtherSpellingAndVotes(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		for range 2 {
			summary := mustImport(t, db, filepath.Join("testdata", "pipes"))
			if summary.UpVotes != 4 || summary.DownVotes != 1 || summary.Votes.Read != 6 {
				t.Errorf("votes: %+v", summary)
			}
			question := db.Client().Post.Query().WithTags().OnlyX(t.Context())
			if question.Score != 2 {
				t.Errorf("the score is %d, want 2: 3 votes for, 1 against", question.Score)
			}
			var names []string
			for _, tag := range question.Edges.Tags {
				names = append(names, tag.Name)
			}
			slices.Sort(names)
			if diff := cmp.Diff([]string{"taste", "wine"}, names); diff != "" {
				t.Errorf("tags (-want +got):\n%s", diff)
			}
		}
	})
}

func TestUserNamesOfTwoSites(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		dir := filepath.Join("testdata", "pipes")
		for range 2 {
			for _, site := range []string{"one", "two", "two"} {
				if _, err := Import(t.Context(), db, Options{Dir: dir, Site: site}); err != nil {
					t.Fatal(err)
				}
			}
			names := map[string]bool{}
			for _, u := range db.Client().User.Query().AllX(t.Context()) {
				names[u.Username] = true
			}
			if diff := cmp.Diff(map[string]bool{"ghost": true, "jane-1": true, "jane-1-two": true}, names); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		}
	})
}

func TestBrokenFileWritesNothing(t *testing.T) {
	const head = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	row := `<row Id="1" PostId="1" Score="0" Text="Good" CreationDate="2014-01-23T20:34:28.740" UserId="1" />` + "\n"
	whole := head + "<comments>\n" + strings.Repeat(row, 2000) + "</comments>"
	for name, tt := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"CutGzip":       {"Comments.xml.gz", zipped(t, whole)[:800], "Comments.xml.gz:"},
		"DamagedGzip":   {"Comments.xml.gz", damaged(zipped(t, whole)), "Comments.xml.gz:"},
		"NoGzip":        {"Comments.xml.gz", []byte(whole), "Comments.xml.gz:1: the file is not gzip"},
		"CutRow":        {"Comments.xml", []byte(whole[:len(whole)/2]), "ends in the middle of a row"},
		"CutAfterRow":   {"Comments.xml", []byte(strings.TrimSuffix(whole, "</comments>")), "Comments.xml:2002: the file ends without </comments>"},
		"OtherRoot":     {"Comments.xml", []byte(head + "<posts>\n</posts>"), `Comments.xml:2: the file begins with "<posts>" instead of <comments>`},
		"HTML":          {"Comments.xml", []byte("<!DOCTYPE html>\n<html><body>404</body></html>"), "this is HTML"},
		"PlainHTML":     {"Comments.xml", []byte("<html><body>404</body></html>"), "instead of <comments>"},
		"Entities":      {"Comments.xml", []byte(head + `<!DOCTYPE c [<!ENTITY a "aaaa">]><comments></comments>`), "document type"},
		"Empty":         {"Comments.xml", nil, "Comments.xml:0: the file ends before its root element"},
		"UTF16":         {"Comments.xml", []byte("\xff\xfe<\x00c\x00"), "UTF-16"},
		"OtherEncoding": {"Comments.xml", []byte(`<?xml version="1.0" encoding="iso-8859-1"?><comments></comments>`), "UTF-8"},
		"TwoFiles":      {"Comments.xml", []byte(whole + "\n" + whole), "has more after </comments>"},
	} {
		t.Run(name, func(t *testing.T) {
			test := func(t *testing.T, db *database.Database) {
				dir := filepath.Join(t.TempDir(), "site")
				if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "pipes"))); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, tt.file), tt.data, 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Import(t.Context(), db, Options{Dir: dir})
				if _, ok := errors.AsType[*FileError](err); !ok || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want a FileError with %q", err, tt.want)
				}
				counts(t, db, map[string]int{"users": 0, "posts": 0, "tags": 0, "comments": 0, "post_search": 0})
			}
			if strings.HasPrefix(name, "Cut") {
				dbtest.EachStore(t, test)
				return
			}
			// How the file is broken makes no difference to the store.
			test(t, dbtest.Open(t, "sqlite"))
		})
	}
}

func TestMissingFile(t *testing.T) {
	db := dbtest.Open(t, "sqlite")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.7z"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Import(t.Context(), db, Options{Dir: dir})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "unpack site.7z first") {
		t.Errorf("got %v", err)
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// damaged changes the check sum.
func damaged(data []byte) []byte {
	data = bytes.Clone(data)
	data[len(data)-6] ^= 1
	return data
}
