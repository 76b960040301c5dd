package yugabyte_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// begins is how a text in the code begins that is a statement or the beginning
// of one.
var begins = regexp.MustCompile(`^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|COPY|CREATE|TRUNCATE|VACUUM|SET|RESET|LOCK|LISTEN|NOTIFY|IDENTIFY_SYSTEM|CREATE_REPLICATION_SLOT|START_REPLICATION)\b|^(begin|commit|rollback)$`)

// elsewhere are how texts of SQLite begin.
var elsewhere = []string{
	`SELECT "table", parent, count(*) FROM pragma_foreign_key_check`, "SELECT count(*) FROM sqlite_master", "SELECT k.key, ", "SELECT n FROM position", "SELECT value FROM json_each", "SELECT rowid FROM post_search",
	"UPDATE position", "INSERT INTO post_search (post_id, title, body)", "DELETE FROM post_search WHERE rowid IN",
}

// checkTexts wants each statement of the code among those that were sent. Those
// that ent writes have no text in the code: the mutations and lists of the
// schema stand for them.
func checkTexts(t *testing.T, sent map[string]bool) {
	var all strings.Builder
	for s := range sent {
		all.WriteString(one(s) + "\n")
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, "../../cmd/weft").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for file := range strings.FieldsSeq(string(out)) {
		if strings.HasSuffix(filepath.Base(file), "sqlite.go") || strings.HasSuffix(file, "/seed/words.go") || strings.HasSuffix(filepath.Dir(file), "/ent") {
			continue
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil || !begins.MatchString(text) {
				return true
			}
			text, _, _ = strings.Cut(one(text), "%") // where Sprintf puts something in
			if text = strings.TrimSpace(text); strings.Contains(text, "?") || slices.ContainsFunc(elsewhere, func(e string) bool { return strings.HasPrefix(text, strings.TrimSpace(e)) }) {
				return true
			}
			found++
			if !strings.Contains(all.String(), text) {
				t.Errorf("%s: nothing sent this, so that it is not known: do it in work_test.go\n%s", set.Position(literal.Pos()), text)
			}
			return true
		})
	}
	if found < 30 {
		t.Errorf("found only %d statements in the code", found)
	}
}

// one writes a text with single spaces.
func one(text string) string { return strings.Join(strings.Fields(text), " ") }
