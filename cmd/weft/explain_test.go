package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/operation"
)

// called runs a verb and returns what it printed and its exit code.
func called(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, nil, &out, &errs)
	return out.String(), errs.String(), code
}

// written is the path of a file with this text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// explainedJSON is what explain -json tells.
func explainedJSON(t *testing.T, args ...string) []explanation {
	t.Helper()
	stdout, stderr, code := called(t, append([]string{"explain", "-json"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var all []explanation
	if err := json.Unmarshal([]byte(stdout), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExplainExamples wants of each example the statements that it states.
func TestExplainExamples(t *testing.T) {
	t.Parallel()
	all := explainedJSON(t, "../../graph/examples")
	if len(all) < 10 {
		t.Fatalf("only %d examples", len(all))
	}
	for _, x := range all {
		text, err := os.ReadFile(strings.TrimSuffix(x.Place, ":1"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "# Statements: ")
		stated, _, _ := strings.Cut(rest, "\n")
		if got := strconv.Itoa(x.Statements.Count); got != stated || x.Statements.Fault != "" {
			t.Errorf("%s makes %s statements, states %s: %+v", x.Place, got, stated, x.Statements)
		}
		var sum int64
		for _, p := range x.Paths {
			sum += p.Points
		}
		if sum != x.Points {
			t.Errorf("%s costs %d points, and its paths %d", x.Place, x.Points, sum)
		}
	}
}

const explainedDocument = `query Authors($first: Int, $tags: Boolean!) {
  posts(first: $first) { nodes { author { name } tags @include(if: $tags) { name } } }
}`

func TestExplainText(t *testing.T) {
	t.Parallel()
	path := written(t, "authors.graphql", explainedDocument)
	stdout, stderr, code := called(t, "explain", path)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	want := `query Authors, ` + path + `:1
  price: 1540 points at most
      1100  posts.nodes.tags, 1000 objects
       200  posts.nodes.author, 100 objects
       100  posts, 1 object
       100  posts.nodes, 100 objects
        40  (the operation itself), 1 object
  $first is not given: taken to be 100, the most that a list takes
  $tags is not given: taken to be true, the dearer of both
  lists:
       100  posts.nodes (first: $first)
        10  posts.nodes.tags (assumedSize)
  statements: 3
         1  Posts
         1  TagsByPost
         1  UserByID
  limits:
            an anonymous caller can send it 6 times at once, and then every 3.08s (10000 points, 500 a second)
            depth 3 of 15
            1100 objects in lists, and an answer may hold 250000
            bytes of the answer: 8388608
  caching: 60 seconds, for everybody; Query.posts allows the least
            it ends with a change of what it read in post_tags, posts, tags, users
`
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestExplainVariables(t *testing.T) {
	t.Parallel()
	x := explainedJSON(t, "-variables", written(t, "variables.json", `{"first": 5, "tags": false}`),
		written(t, "authors.graphql", explainedDocument))[0]
	if x.Points != 250 || x.Statements.Count != 2 || len(x.Assumed) != 0 {
		t.Errorf("%d points, %d statements, assumed %v: want 250, 2 and nothing", x.Points, x.Statements.Count, x.Assumed)
	}
	_, stderr, code := called(t, "explain", "-variables", written(t, "list.json", `[1]`), written(t, "a.graphql", explainedDocument))
	if code != 1 || !strings.Contains(stderr, "want one JSON object") {
		t.Errorf("variables that are no object: exit %d: %s", code, stderr)
	}
}

func TestExplainManifests(t *testing.T) {
	t.Parallel()
	const apollo = `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
		{"id": "one", "name": "A", "type": "query", "body": "query A { posts(first: 1) { nodes { id } } }"},
		{"id": "two", "name": "B", "type": "query", "body": "query B { users { totalCount } } query C { viewer { name } }"}]}`
	const relay = `{"x": "query A { posts(first: 1) { nodes { id } } }"}`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"apollo.json": {apollo, []string{"A 141 1", "B 1669 1", "C 141 1"}},
		"relay.json":  {relay, []string{"A 141 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, x := range explainedJSON(t, written(t, name, c.text)) {
				got = append(got, x.Name+" "+strconv.FormatInt(x.Points, 10)+" "+strconv.Itoa(x.Statements.Count))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestExplainTooDear has an operation that would be refused, and makes more
// objects than can be: its statements are known all the same.
func TestExplainTooDear(t *testing.T) {
	t.Parallel()
	stdout, _, code := called(t, "explain", written(t, "dear.graphql",
		`{ users(first: 100) { nodes { posts(first: 100) { nodes { comments(last: 100) { nodes { author { ...deep } } } } } } } }
		fragment deep on User { posts { nodes { comments { nodes { author { posts(first: 100) { nodes { bodyHtml tags { name } } } } } } } } }`))
	for _, want := range []string{
		"refused to anonymous callers: an operation may cost 10000 points", "statements: 9\n",
	} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, want %q:\n%s", code, want, stdout)
		}
	}
}

// TestExplainFillsLists has lists of one, in lists of one, which in most data
// would have nothing in them.
func TestExplainFillsLists(t *testing.T) {
	t.Parallel()
	x := explainedJSON(t, written(t, "one.graphql", `{ posts(first: 1) { nodes {
		replies(first: 1) { nodes { author { name } comments(first: 1) { nodes { author { name } } } } }
		tags { posts(first: 1) { nodes { author { name } comments(first: 0) { nodes { author { name } } } } } } } } }`))[0]
	want := []string{"CommentsByPost", "CommentsByPost", "Posts", "PostsByTag", "RepliesByPost", "TagsByPost", "UserByID", "UserByID"}
	if diff := cmp.Diff(want, x.Statements.Loaders); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestExplainUnderNarrowLimits has limits that leave room for little.
func TestExplainUnderNarrowLimits(t *testing.T) {
	t.Parallel()
	path := written(t, "narrow.graphql", "{ posts(first: 90) { nodes { title } } }")
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"explain", path},
		[]string{"WEFT_LIMIT_DEPTH=2", "WEFT_LIMIT_TOKENS=20", "WEFT_LIMIT_OBJECTS=50"}, &stdout, &stderr)
	for _, want := range []string{"statements: 1\n", "depth 2 of 2\n", "90 objects in lists, and an answer may hold 50\n"} {
		if code != 0 || !strings.Contains(stdout.String(), want) {
			t.Errorf("exit %d, want %q:\n%s%s", code, want, stdout.String(), stderr.String())
		}
	}
}

// TestExplainAsTheServer wants the price and the paths that a server tells by
// GraphQL-Cost: validate.
func TestExplainAsTheServer(t *testing.T) {
	t.Parallel()
	server := startedDemo(t)
	variables := map[string]any{"first": 7, "id": "post_01h455vb4pex5vsknk084sn02q", "postId": "post_01h455vb4pex5vsknk084sn02q", "ids": []string{"a", "b"}}
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range explainedJSON(t, "-variables", written(t, "variables.json", string(text)), "../../graph/examples") {
		query, err := os.ReadFile(strings.TrimSuffix(x.Place, ":1"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"query": string(query), "variables": variables})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("GraphQL-Cost", "validate")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var answer struct {
			Extensions struct {
				Cost struct {
					RequestedQueryCost int64
					Paths              []operation.PathCost
				}
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		c := answer.Extensions.Cost
		if c.RequestedQueryCost != x.Points {
			t.Errorf("%s: %d points, the server says %d: %s", x.Name, x.Points, c.RequestedQueryCost, w.Body)
		}
		if diff := cmp.Diff(c.Paths, x.Paths[:min(shownPaths, len(x.Paths))]); diff != "" {
			t.Errorf("%s (-server +explained):\n%s", x.Name, diff)
		}
	}
}

// TestExplainFaults has a document that the schema does not serve, and one that
// does not run.
func TestExplainFaults(t *testing.T) {
	t.Parallel()
	path := written(t, "old.graphql", "query Old {\n  gone\n}")
	_, stderr, code := called(t, "explain", path)
	if code != 1 || !strings.Contains(stderr, path+":1: line 2: ") || !strings.Contains(stderr, "gone") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	manifest := written(t, "manifest.json", `{"a": "query A { gone }", "b": "query B { viewer { name } }"}`)
	stdout, stderr, code := called(t, "explain", manifest)
	if code != 1 || !strings.Contains(stdout, "query B, "+manifest+":1\n") || !strings.Contains(stderr, "gone") {
		t.Errorf("one of two: exit %d: %s%s", code, stdout, stderr)
	}
	stdout, _, code = called(t, "explain", written(t, "none.graphql",
		`mutation { votePost(input: {id: "post_01h455vb4pex5vsknk084sn02q", value: UP}) { post { score } } }`))
	if code != 0 || !strings.Contains(stdout, "price: 902 points") || !strings.Contains(stdout, "statements: not known") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}
