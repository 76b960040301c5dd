package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/content"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/idempotency"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/seed"
	"github.com/weftql/weft/internal/statement"
)

// trialData is enough for each list to have something in it.
var trialData = seed.Options{Users: 30, Posts: 200, Comments: 2_000, Tags: 20, Seed: 1}

// trialLimits leave documents alone, which were measured before they came here,
// and bound what a run may take.
var trialLimits = operation.Limits{
	Tokens: -1, Depth: -1, Nesting: -1, Aliases: -1, RootFields: -1, Directives: -1, Fragments: -1, Fields: -1, Comparisons: -1,
}

// trialViewer is who runs operations on trial: one who may do everything.
const trialViewer = "admin"

// trial runs operations on made-up data in a SQLite file of its own, to see
// which statements they make. What one changes, the next does not see.
type trial struct {
	dir   string
	full  string // the file with the data, which no operation runs on
	runs  int
	read  *bench // for queries, which change nothing
	known samples
}

// bench is one copy of the data with what executes on it.
type bench struct {
	db     *database.Database
	handle operation.Handler
	viewer auth.Viewer
}

// samples are names of things in the data that have something of everything:
// a post with tags, comments and replies, its author, a comment and a tag.
type samples struct{ post, user, comment, tag, tagName string }

// newTrial makes the data; close removes it.
func newTrial(ctx context.Context) (t *trial, err error) {
	dir, err := os.MkdirTemp("", "weft-explain")
	if err != nil {
		return nil, fmt.Errorf("make data for a trial: %w", err)
	}
	t = &trial{dir: dir, full: filepath.Join(dir, "full.db")}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("make data for a trial: %w", err), t.close())
		}
	}()
	db, err := database.Open(ctx, database.Options{URL: "sqlite:" + t.full})
	if err != nil {
		return t, err
	}
	_, err = db.Migrate(ctx)
	if err == nil {
		err = seed.Run(ctx, db, trialData)
	}
	if err == nil {
		_, err = content.Rerender(ctx, db) // as posts are that were written one by one
	}
	// The last to close the file moves its journal into it.
	if err = errors.Join(err, db.Close()); err != nil {
		return t, err
	}
	if t.read, err = t.open(ctx); err != nil {
		return t, err
	}
	return t, t.look(ctx)
}

func (t *trial) close() error {
	var err error
	if t.read != nil {
		err = t.read.db.Close()
	}
	return errors.Join(err, os.RemoveAll(t.dir))
}

// open copies the data and puts the server's parts on it.
func (t *trial) open(ctx context.Context) (*bench, error) {
	data, err := os.ReadFile(t.full)
	if err != nil {
		return nil, err
	}
	t.runs++
	path := filepath.Join(t.dir, fmt.Sprintf("run%d.db", t.runs))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, database.Options{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	b := &bench{db: db}
	if err := b.wire(ctx, t.dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

func (b *bench) wire(ctx context.Context, dir string) error {
	limits := trialLimits
	c, err := config.Load([]string{"WEFT_DATA_DIR=" + dir})
	if err != nil {
		return err
	}
	ring, err := openKeys(c)
	if err != nil {
		return err
	}
	logger := slog.New(slog.DiscardHandler)
	who, err := newIdentity(ctx, c, ring, b.db, logger)
	if err != nil {
		return err
	}
	changes := content.New(b.db)
	schema := graph.NewSchema(changes, who.accounts, idempotency.New(b.db, nil),
		executor.WithMaxBytes(limits.WithDefaults().Bytes), executor.WithMaxErrors(executor.DefaultMaxErrors))
	if b.viewer, err = changes.FindViewer(ctx, trialViewer); err != nil {
		return err
	}
	b.viewer.Kind, b.viewer.Scopes = auth.KindHeader, auth.AllScopes
	documents := document.NewCache(0)
	b.handle = operation.Chain(
		operation.Execute(operation.ExecuteOptions{
			Schema: schema, Presenter: graph.Presenter(logger), Logger: logger, Introspection: true, Bytes: limits.Bytes,
		}),
		operation.Identify(caller),
		document.Parse(documents, limits),
		document.Limit(limits),
		document.Validate(documents, schema.Schema(), document.Rules{Introspection: true}),
		resize,
		document.Choose,
		document.Coerce(schema.Schema()),
		graph.AdmitPasswords(who.accounts),
		graph.Loaders(b.db, limits),
	)
	return nil
}

// trialPages are how long lists are on trial, from the outermost on; those
// further inside have the last. The statements are the same for any lists that
// are not empty: these are long enough to find something in all, and not as
// long as to read it again and again.
var trialPages = []int{30, 6, 4, 3, 2}

// resize makes the lists of a document as long as trialPages says, but for those
// of length 0 and those of variables. The document is nobody else's: each trial
// parses its own.
func resize(next operation.Handler) operation.Handler {
	return operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		r := resizer{op.Document.AST.Fragments, make(map[string]int)}
		for _, definition := range op.Document.AST.Operations {
			r.set(definition.SelectionSet, 0)
		}
		return nil
	})(next)
}

type resizer struct {
	fragments ast.FragmentDefinitionList
	deepest   map[string]int // where a fragment is spread, plus one
}

func (r resizer) set(set ast.SelectionSet, depth int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			below := depth
			if s.Definition != nil && s.Definition.Arguments.ForName("first") != nil {
				resizeField(s, trialPages[min(depth, len(trialPages)-1)])
				below++
			}
			r.set(s.SelectionSet, below)
		case *ast.InlineFragment:
			r.set(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			if f := r.fragments.ForName(s.Name); f != nil && r.deepest[s.Name] <= depth {
				r.deepest[s.Name] = depth + 1
				r.set(f.SelectionSet, depth)
			}
		}
	}
}

// resizeField changes what says how long a page is, or says it where nothing
// does.
func resizeField(f *ast.Field, size int) {
	value := &ast.Value{Raw: strconv.Itoa(size), Kind: ast.IntValue, Position: f.Position}
	said := false
	for _, a := range f.Arguments {
		if a.Name != "first" && a.Name != "last" || a.Value.Kind == ast.NullValue {
			continue
		}
		said = true
		if a.Value.Kind == ast.IntValue && a.Value.Raw != "0" {
			a.Value = value
		}
	}
	switch first := f.Arguments.ForName("first"); {
	case said:
	case first != nil:
		first.Value = value
	default:
		f.Arguments = append(f.Arguments, &ast.Argument{Name: "first", Value: value, Position: f.Position})
	}
}

// outcome is what one run of an operation came to.
type outcome struct {
	data       []byte
	reads      []string // tables
	statements []statement.Statement
	fault      string // why the answer is not complete; "" if it is
}

// run executes one operation of a document.
func (t *trial) run(ctx context.Context, text string, definition *ast.OperationDefinition, variables map[string]any) (outcome, error) {
	if definition.Operation != ast.Mutation {
		return t.read.run(ctx, text, definition.Name, variables), nil
	}
	b, err := t.open(ctx)
	if err != nil {
		return outcome{}, fmt.Errorf("copy data for a mutation: %w", err)
	}
	o := b.run(ctx, text, definition.Name, variables)
	if err := b.db.Close(); err != nil {
		return outcome{}, fmt.Errorf("copy data for a mutation: %w", err)
	}
	return o, nil
}

// trialTime is how long one run may take.
const trialTime = 10 * time.Second

func (b *bench) run(ctx context.Context, text, name string, variables map[string]any) (o outcome) {
	ctx, cancel := context.WithTimeout(auth.NewContext(ctx, b.viewer), trialTime)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	op := &operation.Operation{Query: text, Name: name, Variables: variables, Once: true, Started: time.Now(), Stop: stop}
	op.Statements.Keep = true
	op.Depends = &depend.Recorder{}
	b.handle(operation.NewContext(ctx, op), op, func(r *operation.Response) bool {
		o.data = r.Data
		if len(r.Errors) > 0 {
			o.fault = r.Errors[0].Message
		}
		return false
	})
	o.statements = op.Statements.Statements()
	o.reads = slices.Sorted(slices.Values(op.Depends.Noted().Tables))
	if o.data == nil && o.fault == "" {
		o.fault = context.Cause(ctx).Error()
	}
	return o
}

// look finds the samples.
func (t *trial) look(ctx context.Context) error {
	const query = `query ($first: Int) { posts(first: $first) { nodes { id author { id username } tags { id name }
		comments(first: 1) { nodes { id } } replies(first: 1) { totalCount } } } }`
	type named struct{ ID, Name, Username string }
	var found struct {
		Posts struct {
			Nodes []struct {
				ID       string
				Author   named
				Tags     []named
				Comments struct{ Nodes []named }
				Replies  struct{ TotalCount int }
			}
		}
	}
	o := t.read.run(ctx, query, "", map[string]any{"first": int64(page.MaxSize)})
	if o.fault != "" {
		return errors.New(o.fault)
	}
	if err := json.Unmarshal(o.data, &found); err != nil {
		return err
	}
	for _, p := range found.Posts.Nodes {
		if len(p.Tags) > 0 && len(p.Comments.Nodes) > 0 && p.Replies.TotalCount > 0 && p.Author.Username != trialViewer {
			t.known = samples{p.ID, p.Author.ID, p.Comments.Nodes[0].ID, p.Tags[0].ID, p.Tags[0].Name}
			return nil
		}
	}
	return errors.New("no post has tags, comments and replies")
}
