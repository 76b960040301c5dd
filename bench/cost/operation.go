//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/executor/oracletest"
	"github.com/weftql/weft/graph/examples"
	"github.com/weftql/weft/internal/testbed"
)

// operation is one to measure.
type operation struct {
	name      string
	text      string
	variables map[string]any
	document  *ast.QueryDocument
}

func (o operation) body() string {
	text, err := json.Marshal(map[string]any{"query": o.text, "variables": o.variables})
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}

// data are ids of what there is.
type data struct{ posts, users, comments, tags []string }

// operations are the examples, those of the benchmark, and generated ones.
func (b *bench) operations(ctx context.Context) ([]operation, error) {
	sdl, err := b.schema(ctx)
	if err != nil {
		return nil, err
	}
	if b.token, err = b.signUp(ctx); err != nil {
		return nil, err
	}
	d, err := b.look(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]any{"id": d.posts[0], "postId": d.posts[len(d.posts)-1], "ids": append(d.posts[:20:20], d.users[:20]...), "body": "So it is.", "title": "A new post"}
	b.yardstick.ask(d.users[0])
	var all []operation
	add := func(name, text string) {
		all = append(all, operation{name: name, text: text, variables: known})
	}
	files, err := fs.Glob(examples.Files, "*.graphql")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(examples.Files, file)
		if err != nil {
			return nil, err
		}
		add(strings.TrimSuffix(file, ".graphql"), string(text))
	}
	if files, err = filepath.Glob("bench/operations/*.graphql"); err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		add(strings.TrimSuffix(path.Base(file), ".graphql"), string(text))
	}
	for i := range b.generated {
		seed := b.seed*1_000_000 + uint64(i)
		made := generate(sdl, seed, d)
		all = append(all, operation{name: fmt.Sprintf("random-%d", seed), text: made.Query, variables: made.Variables})
	}
	for i := range all {
		o := &all[i]
		doc, errs := gqlparser.LoadQueryWithRules(sdl, o.text, rules.NewDefaultRules())
		if errs != nil {
			return nil, fmt.Errorf("%s: %w", o.name, errs)
		}
		o.document = doc
		used := make(map[string]any)
		for _, v := range doc.Operations[0].VariableDefinitions {
			if value, ok := o.variables[v.Variable]; ok {
				used[v.Variable] = value
			}
		}
		if o.name == "q1" {
			used["id"] = d.users[0]
		}
		o.variables = used
	}
	return all, nil
}

// generate makes a query as a front end could have it: ids that exist, pages
// from the front, no filters that hold for nothing.
func generate(sdl *ast.Schema, seed uint64, d data) oracletest.Operation {
	g := oracletest.New(sdl, seed)
	of := func(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }
	g.Value = func(r *rand.Rand, coordinate string, t *ast.Type) (any, bool) {
		object, argument, _ := strings.Cut(strings.TrimSuffix(coordinate, ":)"), "(")
		switch {
		case object == "Query.post" && argument == "id":
			return of(r, d.posts), true
		case object == "Query.user" && argument == "id":
			return of(r, d.users), true
		case object == "Query.user" && argument == "username":
			return nil, true
		case t.Name() == "ID" && t.Elem == nil:
			return of(r, [][]string{d.posts, d.users, d.comments, d.tags}[r.IntN(4)]), true
		case argument == "first":
			return []int{1, 3, 5, 10, 20, 50}[r.IntN(6)], true
		case argument == "last", argument == "after", argument == "before", argument == "filter":
			return nil, true
		case argument == "query":
			return []string{"garden", "index query", "go"}[r.IntN(3)], true
		}
		return nil, false
	}
	g.Leave = func(object, field string) bool {
		return object == "Query" && (field == "rateLimit" || field == "auditEvents" || field == "viewer") || object == "User" && (field == "sessions" || field == "accessTokens")
	}
	return g.Operation(ast.Query)
}

// schema is what the server says that it serves.
func (b *bench) schema(ctx context.Context) (*ast.Schema, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.server.Addr+"/schema.graphql", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
}

// look finds ids of each type.
func (b *bench) look(ctx context.Context) (d data, err error) {
	var found struct {
		Data struct {
			Posts struct {
				Nodes []struct {
					ID       string
					Author   struct{ ID string }
					Tags     []struct{ ID string }
					Comments struct{ Nodes []struct{ ID string } }
				}
			}
		}
	}
	body, err := b.once(ctx, operation{text: `{ posts(first: 100) { nodes { id author { id } tags { id } comments(first: 2) { nodes { id } } } } }`})
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return d, err
	}
	for _, p := range found.Data.Posts.Nodes {
		d.posts, d.users = append(d.posts, p.ID), append(d.users, p.Author.ID)
		for _, t := range p.Tags {
			d.tags = append(d.tags, t.ID)
		}
		for _, c := range p.Comments.Nodes {
			d.comments = append(d.comments, c.ID)
		}
	}
	if len(d.posts) < 40 || len(d.tags) == 0 || len(d.comments) == 0 {
		return d, errors.New("too few posts, tags or comments: use more -posts")
	}
	return d, nil
}

func (b *bench) signUp(ctx context.Context) (string, error) {
	name := fmt.Sprintf("bench%d", time.Now().UnixNano())
	var made struct {
		Data struct{ SignUp struct{ AccessToken string } }
	}
	body, err := b.once(ctx, operation{
		text:      `mutation ($n: String!, $e: String!) { signUp(input: {username: $n, email: $e, password: "correct horse battery staple"}) { accessToken } }`,
		variables: map[string]any{"n": name, "e": name + "@example.org"},
	})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(body, &made); err != nil {
		return "", err
	}
	if made.Data.SignUp.AccessToken == "" {
		return "", fmt.Errorf("sign up: %.300s", body)
	}
	return made.Data.SignUp.AccessToken, nil
}

// request is as nobody where that will do.
func (b *bench) request(op operation, header string) []byte {
	body := op.body()
	if op.signedIn() {
		header += "Authorization: Bearer " + b.token + "\r\n"
	}
	return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", b.server.Addr, header, len(body), body)
}

// signedIn reports whether the operation is one for users.
func (o operation) signedIn() bool {
	return o.document != nil && o.document.Operations[0].Operation == ast.Mutation || strings.Contains(o.text, "DRAFT")
}

func (b *bench) once(ctx context.Context, op operation) ([]byte, error) {
	c, err := testbed.Dial(ctx, b.server.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	answer, err := c.Do(b.request(op, "GraphQL-Explain: 1\r\n"))
	return bytes.Clone(answer), err
}
