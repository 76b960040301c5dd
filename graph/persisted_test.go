package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestPersistedQueriesAreOff sends what clients of automatic persisted queries
// send: a hash alone is answered in the words at which they send the document
// too, and a document beside a hash of another one is refused.
func TestPersistedQueriesAreOff(t *testing.T) {
	s := graphtest.Start(t, dbtest.Open(t, "sqlite"))
	const query = "{ users { totalCount } }"
	sum := sha256.Sum256([]byte(query))
	hash := hex.EncodeToString(sum[:])
	named := func(hash string) string {
		return fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hash)
	}
	for name, tt := range map[string]struct{ query, extensions, code, message string }{
		"hash":             {"", named(hash), "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"},
		"both":             {query, named(hash), "", ""},
		"capitals":         {query, named(strings.ToUpper(hash)), "", ""},
		"another's hash":   {query, named(strings.Repeat("0", 64)), "PERSISTED_QUERY_HASH_MISMATCH", "the hash is not"},
		"no hash":          {query, named("x"), "BAD_USER_INPUT", "64 hexadecimal digits"},
		"other version":    {query, strings.Replace(named(hash), ":1", ":2", 1), "BAD_USER_INPUT", "takes version 1"},
		"of another type":  {query, `{"persistedQuery":"` + hash + `"}`, "BAD_USER_INPUT", "takes version 1"},
		"no persisted":     {query, `{"persistedQuery":null}`, "", ""},
		"nothing whatever": {"", `{}`, "BAD_USER_INPUT", "query is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			body := fmt.Sprintf(`{"query":%q,"extensions":%s}`, tt.query, tt.extensions)
			post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			post.Header.Set("Content-Type", "application/json")
			address := s.URL + "/graphql?" + url.Values{"query": {tt.query}, "extensions": {tt.extensions}}.Encode()
			get, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []*http.Request{post, get} {
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				var answer graphtest.Answer
				if err := json.Unmarshal(text, &answer); err != nil {
					t.Fatal(err)
				}
				if code := answer.Code(t); code != tt.code || code != "" && !strings.Contains(answer.Errors[0].Message, tt.message) {
					t.Errorf("%s: %s", r.Method, text)
				}
			}
		})
	}
}

// TestDeferIsNotOffered asks the schema for its directives and sends @defer.
func TestDeferIsNotOffered(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		answer := s.Get(t, "", `{ __schema { directives { name } } }`, nil, nil)
		if strings.Contains(string(answer.Data), "defer") || !strings.Contains(string(answer.Data), "skip") {
			t.Errorf("introspection: %s", answer.Data)
		}
		answer = s.Do(t, "", `{ ... @defer { users { totalCount } } }`, nil)
		if answer.Code(t) != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("@defer: %s", answer.Body)
		}
	})
}

// TestInvisibleTexts sends texts that show nothing where one is needed.
func TestInvisibleTexts(t *testing.T) {
	eachExecutor(t, func(t *testing.T, s *graphtest.Server) {
		ada := s.SignUp(t, "ada")
		invisible := map[string]any{"t": "\u200b\ufeff \u2060\u3164"}
		for mutation, field := range map[string]string{
			`createPost(input: {title: $t, body: "x"}) { post { id } }`:        "input.title",
			`createPost(input: {title: "x", body: $t}) { post { id } }`:        "input.body",
			`createAccessToken(input: {name: $t, scopes: ["read"]}) { token }`: "input.name",
		} {
			answer := s.Bearer(t, ada.AccessToken, "mutation ($t: String!) { "+mutation+" }", invisible)
			if answer.Code(t) != "BAD_USER_INPUT" || answer.Errors[0].Extensions.Fields[0].Path != field {
				t.Errorf("%s: %s", mutation, answer.Body)
			}
		}
		for _, name := range []string{"", " ", "\u200b"} {
			answer := s.Bearer(t, ada.AccessToken, `mutation ($t: String!) { updateProfile(input: {name: $t}) { user { name } } }`, map[string]any{"t": name})
			if string(answer.Data) != `{"updateProfile":{"user":{"name":"ada"}}}` {
				t.Errorf("the name %+q: %s", name, answer.Body)
			}
		}
		answer := s.Bearer(t, "", `mutation ($t: String!) { signUp(input: {username: "eve", email: "e@example.org", password: "correct horse", name: $t}) { user { name } } }`, invisible)
		if string(answer.Data) != `{"signUp":{"user":{"name":"eve"}}}` {
			t.Errorf("signing up: %s", answer.Body)
		}
	})
}

// TestNoIntByRounding sends numbers that only rounding makes whole.
func TestNoIntByRounding(t *testing.T) {
	s := graphtest.Start(t, dbtest.Open(t, "sqlite"))
	for number, want := range map[string]string{"1e-999999999": "BAD_USER_INPUT", "1.00000000000000000001": "BAD_USER_INPUT", "1.0": "", "10e-1": "", "1": ""} {
		answer := s.Do(t, "", `query ($n: Int) { users(first: $n) { totalCount } }`, map[string]any{"n": json.RawMessage(number)})
		if code := answer.Code(t); code != want {
			t.Errorf("%s: %s", number, answer.Body)
		}
	}
}
