package plugin_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/executor/plugin"
)

// small is a schema with one field of each kind that the plugin tells apart.
var small = map[string]string{
	"schema.graphqls": `
		type Query { books(first: Int! = 10): [Book!]! any: Thing loan: Loan! }
		type Mutation { lend(id: ID!): Loan! }
		type Subscription { lent: Loan! }
		type Book { title: String! pages: Int! state: State! author: Author! similar: [Book!]! notes: [[String!]]! summary: String! }
		type Author { name: String! books: [Book!]! }
		type Loan { book: Book }
		union Thing = Book | Author
		enum State { NEW WORN }
	`,
	"gqlgen.yml": `
schema: [schema.graphqls]
exec: { layout: single-file, filename: generated/generated.go, package: generated }
omit_root_models: true
skip_mod_tidy: true
autobind: [example.test/small/library]
models:
  Book: { fields: { author: { resolver: true, batch: true }, similar: { resolver: true } } }
  Author: { fields: { books: { resolver: true, batch: true } } }
`,
	"library/library.go": `package library

import (
	"fmt"
	"io"
)

type Thing interface{ IsThing() }

type Book struct {
	Title string
	Pages int
	State State
	Notes [][]string
}

func (*Book) IsThing() {}

func (b *Book) Summary() (string, error) { return b.Title, nil }

type Author struct{ Name string }

func (Author) IsThing() {}

type Loan struct{ Book *Book }

type State string

func (s State) MarshalGQL(w io.Writer) { fmt.Fprintf(w, "%q", s) }

func (s *State) UnmarshalGQL(v any) error { *s = State(fmt.Sprint(v)); return nil }
`,
}

// module writes a module of some files, which sees this one, and returns its
// folder.
func module(t *testing.T, files ...map[string]string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const weft = "github.com/weftql/weft"
	text := strings.Replace(string(mod), "module "+weft, "module example.test/small", 1) +
		"\nrequire " + weft + " v0.0.0\nreplace " + weft + " => " + root + "\n"
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range append(files, map[string]string{"go.mod": text, "go.sum": string(sum)}) {
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestGenerate wants code that compiles, and that says for each field how its
// values are found and written.
func TestGenerate(t *testing.T) {
	dir := module(t, small)
	t.Chdir(t.TempDir()) // paths are relative to the configuration
	if err := plugin.Generate(filepath.Join(dir, "gqlgen.yml")); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "./...")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	want := map[string]string{
		"Query.books":       "Args Context Each Concurrent Column Gather Types",
		"Query.any":         "Each Concurrent Column Gather Types",
		"Query.loan":        "Each Concurrent Column Gather Types",
		"Mutation.lend":     "Args Context Each Column Gather Types", // one after the other
		"Subscription.lent": "Stream Receive Column Gather Types",
		"Book.title":        "Write", // read while it is written
		"Book.pages":        "Write",
		"Book.state":        "Write",
		"Book.notes":        "Write Marshal", // a list may hold a null that must not be there
		"Book.summary":      "Each Column Write",
		"Book.author":       "Batch Column Gather Types",
		"Book.similar":      "Each Concurrent Column Gather Types",
		"Author.name":       "Write",
		"Author.books":      "Batch Column Gather Types",
		"Loan.book":         "Read Each Column Gather Types",
	}
	if diff := cmp.Diff(want, bound(t, filepath.Join(dir, "generated", plugin.Filename))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// bound reads which parts the generated code has for each field.
func bound(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || literal.Type != nil { // those of fields leave their type out
			return true
		}
		var object, name string
		var parts []string
		for _, part := range literal.Elts {
			pair := part.(*ast.KeyValueExpr)
			switch key := pair.Key.(*ast.Ident).Name; key {
			case "Object":
				object = pair.Value.(*ast.BasicLit).Value
			case "Name":
				name = pair.Value.(*ast.BasicLit).Value
			case "IsMethod", "IsResolver":
			default:
				parts = append(parts, key)
			}
		}
		fields[strings.Trim(object, `"`)+"."+strings.Trim(name, `"`)] = strings.Join(parts, " ")
		return true
	})
	return fields
}

// TestWrongConfig wants to be told what is wrong, and where.
func TestWrongConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		file, text string // in place of that of small
		want       string
	}{
		"no file":        {"gqlgen.yml", "", "load gqlgen config: "},
		"unknown option": {"gqlgen.yml", "schem: [schema.graphqls]", `unknown field "schem"`},
		"no schema":      {"gqlgen.yml", strings.Replace(small["gqlgen.yml"], "schema.graphqls", "other.graphqls", 1), "schema"},
		"bad schema":     {"schema.graphqls", "type Query { books: [Book!]! ", "schema.graphqls:1"},
		"unknown type":   {"schema.graphqls", "type Query { books: [Novel!]! }", "Undefined type Novel"},
		"unknown model":  {"gqlgen.yml", small["gqlgen.yml"] + "  Loan: { model: example.test/small/library.Gone }", "Gone"},
		"broken model":   {"library/library.go", strings.Replace(small["library/library.go"], "Pages int", "Pages Nobody", 1), "Nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := module(t, small, map[string]string{tt.file: tt.text})
			if tt.text == "" {
				if err := os.Remove(filepath.Join(dir, tt.file)); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(dir)
			err := plugin.Generate(filepath.Join(dir, "gqlgen.yml"))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := os.Stat(filepath.Join("generated", plugin.Filename)); err == nil {
				t.Error("code was generated")
			}
		})
	}
}
