package yugabyte_test

import (
	"cmp"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/migrations"
)

// use is something that a statement uses and the engine lacks.
type use struct {
	lack string
	statement
}

// TestStatements looks at each migration and at each statement that Weft sends.
// It fails where one uses what the engine lacks and known_test.go does not have.
func TestStatements(t *testing.T) {
	recorded, ran := sent(t)
	all := slices.Concat(migrated(t), recorded)
	var uses []use
	texts := map[string]bool{}
	for _, s := range all {
		if texts[s.text] {
			continue
		}
		texts[s.text] = true
		names, err := lacking(lacks, s)
		if err != nil {
			t.Error(err)
		}
		for _, name := range names {
			uses = append(uses, use{name, s})
		}
	}
	t.Logf("%d statements, %d of them different: %d times one uses what %s lacks", len(all), len(texts), len(uses), engine)
	for _, u := range unknown(knowns, uses) {
		t.Errorf("%s lacks %s: say in known_test.go why it is used and what to do, or write it in another way\n%s%s", engine, u.lack, cmp.Or(u.where+": ", ""), u.text)
	}
	for _, k := range knowns {
		if !slices.ContainsFunc(uses, k.covers) {
			t.Errorf("nothing uses what known_test.go has of %s: %s", k.lack, k.uses)
		}
	}
	t.Run("mutations", func(t *testing.T) {
		for _, f := range graphtest.BreadthFirst(nil, nil, nil).Schema().Mutation.Fields {
			if !ran[f.Name] && !strings.HasPrefix(f.Name, "__") {
				t.Errorf("%s was not run, so that its statements are not known: run it in work_test.go", f.Name)
			}
		}
	})
	t.Run("texts", func(t *testing.T) { checkTexts(t, texts) })
}

func (k known) covers(u use) bool {
	if k.text == "" {
		return k.lack == u.lack && u.where != ""
	}
	return k.lack == u.lack && strings.Contains(u.text, k.text)
}

// unknown returns what is used and no known covers.
func unknown(all []known, uses []use) []use {
	return slices.DeleteFunc(slices.Clone(uses), func(u use) bool {
		return slices.ContainsFunc(all, func(k known) bool { return k.covers(u) })
	})
}

// TestUnknown finds the use that nothing covers.
func TestUnknown(t *testing.T) {
	fine := use{"system columns", statement{text: "INSERT INTO a AS t RETURNING t.xmax = 0 AS new"}}
	for _, wrong := range []use{{"system columns", statement{text: "SELECT ctid FROM posts"}}, {"LOCK TABLE", fine.statement}} {
		if got := unknown(knowns, []use{fine, wrong}); len(got) != 1 || got[0] != wrong {
			t.Errorf("found %v, want %v", got, wrong)
		}
	}
}

// migrated returns the statements of the migrations.
func migrated(t *testing.T) []statement {
	t.Helper()
	files := migrations.Postgres()
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	var all []statement
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		outside := strings.Contains(up, "-- +goose NO TRANSACTION")
		up = regexp.MustCompile(`(?m)^--.*\n`).ReplaceAllString(up, "")
		for _, s := range apart(up) {
			all = append(all, statement{text: s, where: "migrations/postgres/" + name, inTransaction: !outside})
		}
	}
	return all
}

// apart splits a migration where a line ends with a semicolon, outside of the
// body of a function.
func apart(text string) []string {
	var all []string
	start, body := 0, false
	for at := 0; at < len(text); at++ {
		switch {
		case strings.HasPrefix(text[at:], "$$"):
			body = !body
			at++
		case text[at] == ';' && !body && (at+1 == len(text) || text[at+1] == '\n'):
			all = append(all, strings.TrimSpace(text[start:at]))
			start = at + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		all = append(all, rest)
	}
	return all
}
