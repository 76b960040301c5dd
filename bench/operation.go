//go:build linux

package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/internal/testbed"
)

// operation is one kind of request, in both servers' words.
type operation struct {
	name, about string
	document    string
	viewer      string   // of a mutation
	session     *session // the viewer's; nil where the header of development names them
	registers   bool     // requests by hash have the document too
	// variants are asked in turn.
	variants []variant
}

// variant is one request: the variables of the document, or the path and body
// for the hand-written server.
type variant struct {
	variables  map[string]any
	path, body string
}

//go:embed operations/*.graphql
var documents embed.FS

// documentOf is the text of an operation. weft operations lock keeps watch over
// what it costs.
func documentOf(name string) string {
	text, err := documents.ReadFile("operations/" + strings.ToLower(name) + ".graphql")
	if err != nil {
		panic(err) // it is compiled in
	}
	return strings.TrimSpace(string(text))
}

// viewer writes the comments of Q5 and the posts of Q6, where there are no
// sessions.
const viewer = "user42"

// prepare makes the operations, with ids and cursors that the server names.
func prepare(ctx context.Context, s *server) ([]operation, error) {
	var found struct {
		Users struct{ Nodes []struct{ ID string } }
		Posts struct {
			Edges []struct {
				Cursor string
				Node   struct{ ID string }
			}
		}
	}
	if err := s.query(ctx, `{ users(first: 100) { nodes { id } } posts(first: 100) { edges { cursor node { id } } } }`, &found); err != nil {
		return nil, err
	}
	var users, posts, cursors []string
	for _, u := range found.Users.Nodes {
		users = append(users, u.ID)
	}
	for _, e := range found.Posts.Edges {
		posts, cursors = append(posts, e.Node.ID), append(cursors, e.Cursor)
	}
	if len(users) == 0 || len(posts) == 0 {
		return nil, errors.New("the server has no users or no posts")
	}
	all := operationsFor(users, posts, cursors)
	who, err := signUp(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("sign up: %w", err)
	}
	for i := range all {
		if all[i].viewer != "" {
			all[i].viewer, all[i].session = who.username, who
		}
	}
	return all, nil
}

// operationsFor makes the operations for these ids and cursors; Q4 starts at
// the top of the list with the cursor "".
func operationsFor(users, posts, cursors []string) []operation {
	const body = "Well said, and worth\nremembering."
	q1 := operation{name: "Q1", about: "one user by id", document: documentOf("Q1")}
	for _, id := range users {
		q1.variants = append(q1.variants, variant{variables: map[string]any{"id": id}, path: "/users/" + id})
	}
	q4 := operation{name: "Q4", about: "50 posts after a cursor, with body, author and comment count", document: documentOf("Q4")}
	for _, cursor := range cursors {
		v := variant{variables: map[string]any{}, path: "/posts/after?" + url.Values{"after": {cursor}}.Encode()}
		if cursor != "" {
			v.variables["after"] = cursor
		}
		q4.variants = append(q4.variants, v)
	}
	q5 := operation{name: "Q5", about: "a new comment", document: documentOf("Q5"), viewer: viewer}
	for _, id := range posts {
		q5.variants = append(q5.variants, variant{
			variables: map[string]any{"postId": id, "body": body},
			path:      "/comments",
			body:      fmt.Sprintf(`{"postId":%q,"body":%q}`, id, body),
		})
	}
	const title, text = "On weaving", "A plain text, which needs no Markdown."
	q6 := operation{name: "Q6", about: "a new post", document: documentOf("Q6"), viewer: viewer, variants: []variant{{
		variables: map[string]any{"title": title, "body": text},
		path:      "/posts", body: fmt.Sprintf(`{"title":%q,"body":%q}`, title, text),
	}}}
	return []operation{
		q1,
		{name: "Q2", about: "newest 100 posts with authors", document: documentOf("Q2"), variants: []variant{{path: "/posts?first=100"}}},
		{name: "Q3", about: "20 users × 10 posts × (tags, comment count, 5 comments with authors)", document: documentOf("Q3"),
			variants: []variant{{path: "/users?first=20"}}},
		q4, q5, q6,
	}
}

// choose keeps the operations with these names, all for "".
func choose(all []operation, names string) []operation {
	if names == "" {
		return all
	}
	return slices.DeleteFunc(all, func(op operation) bool { return !slices.Contains(strings.Split(names, ","), op.name) })
}

// request is the text of a variant's request to a server.
func (op operation) request(s *server, v variant, headers ...string) ([]byte, error) {
	method, path, body := http.MethodPost, v.path, v.body
	switch {
	case !s.hand:
		path = "/graphql"
		sent := map[string]any{"variables": v.variables}
		if s.hashed {
			hash := sha256.Sum256([]byte(op.document))
			sent["extensions"] = map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hex.EncodeToString(hash[:])}}
		}
		if !s.hashed || op.registers {
			sent["query"] = op.document
		}
		text, err := json.Marshal(sent)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = string(text)
	case body == "":
		method = http.MethodGet
	}
	switch {
	case op.session != nil && !s.peer: // peers have no sessions
		headers = append(headers, "Authorization: Bearer "+op.session.access)
	case op.viewer != "":
		headers = append(headers, "Weft-Viewer: "+op.viewer)
	}
	head := method + " " + path + " HTTP/1.1\r\nHost: " + s.Addr + "\r\nAccept: application/json\r\n"
	if body != "" {
		head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	if len(headers) > 0 {
		head += strings.Join(headers, "\r\n") + "\r\n"
	}
	return []byte(head + "\r\n" + body), nil
}

// servers are those that answer the operation: the one with the fewest
// statements has only mutations, and the peers have no Q6.
func (op operation) servers(all []*server) []*server {
	return slices.DeleteFunc(slices.Clone(all), func(s *server) bool {
		return s.fewest && op.viewer == "" || s.peer && op.name == "Q6"
	})
}

// requests are the texts of all variants' requests to a server.
func (op operation) requests(s *server) ([][]byte, error) {
	all := make([][]byte, len(op.variants))
	for i, v := range op.variants {
		var err error
		if all[i], err = op.request(s, v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ask sends one request on a connection of its own.
func (s *server) ask(ctx context.Context, request []byte) ([]byte, error) {
	c, err := testbed.Dial(ctx, s.Addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Do(request)
}

// query asks Weft for something beside the operations.
func (s *server) query(ctx context.Context, document string, data any) error {
	request, err := operation{document: document}.request(s, variant{})
	if err != nil {
		return err
	}
	body, err := s.ask(ctx, request)
	if err != nil {
		return err
	}
	answer := struct{ Data any }{data}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("read answer: %w\n%.200s", err, body)
	}
	return nil
}
