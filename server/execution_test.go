package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/document"
)

func TestVariables(t *testing.T) {
	const query = `query($t: String, $n: Int, $r: Float, $f: Boolean, $i: ID, $c: Color, $l: [String!], $o: EchoInput, $d: Int! = 4)
		{ used: text(bytes: $d) echo(text: $t, count: $n, ratio: $r, flag: $f, id: $i, color: $c, tags: $l, input: $o) }`
	tests := map[string]struct{ variables, want string }{ // want is the data, or the faults
		"None":            {`{}`, `{}`},
		"All":             {`{"t":"\ud83d\ude00","n":-2147483648,"r":1.5,"f":true,"i":"x","c":"RED","l":["a"],"o":{"title":"b","colors":["GREEN"]}}`, `{"color":"RED","count":-2147483648,"flag":true,"id":"x","input":{"colors":["GREEN"],"title":"b"},"ratio":1.5,"tags":["a"],"text":"😀"}`},
		"Nulls":           {`{"t":null,"l":null,"o":null}`, `{"input":null,"tags":null,"text":null}`},
		"WholeFloat":      {`{"n":2e3}`, `{"count":2000}`},
		"IntForFloat":     {`{"r":2}`, `{"ratio":2}`},
		"IntForID":        {`{"i":9007199254740993}`, `{"id":9007199254740993}`},
		"LargeIntForID":   {`{"i":123456789012345678901234567890}`, `{"id":123456789012345678901234567890}`},
		"OneForList":      {`{"l":"a"}`, `{"tags":["a"]}`},
		"Undeclared":      {`{"zzz":1}`, `{}`},
		"NullForNonNull":  {`{"d":null}`, "d must be an Int (a whole number of 32 bits), not null"},
		"NumberForString": {`{"t":5}`, "t must be a String, not this number"},
		"StringForInt":    {`{"n":"5"}`, "n must be an Int (a whole number of 32 bits), not a string"},
		"Fraction":        {`{"n":1.5}`, "n must be an Int (a whole number of 32 bits), not this number"},
		"LargeInt":        {`{"n":2147483648}`, "n must be an Int (a whole number of 32 bits), not this number"},
		"HugeInt":         {`{"n":99999999999999999999}`, "n must be an Int (a whole number of 32 bits), not this number"},
		"StringForBool":   {`{"f":"true"}`, "f must be a Boolean, not a string"},
		"FloatForID":      {`{"i":1.5}`, "i must be an ID, not this number"},
		"EnumCase":        {`{"c":"red"}`, "c must be one of the values of Color"},
		"NullInList":      {`{"l":["a",null]}`, "l.1 must be a String, not null"},
		"ListForObject":   {`{"o":["a"]}`, "o must be an object of type EchoInput, not a list"},
		"Several": {
			`{"o":{"size":"x","colors":["BLUE"],"other":1},"f":0}`,
			"f must be a Boolean, not this number; o.title is required and must be a String; o.size must be an Int (a whole number of 32 bits), not a string; " +
				"o.colors.0 must be one of the values of Color; o.other is not a field of EchoInput",
		},
	}
	b := setup(t, nil)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(query)
			if err != nil {
				t.Fatal(err)
			}
			a := b.send(t, "POST", "/graphql", `{"query":`+string(text)+`,"variables":`+tt.variables+`}`, jsonBody)
			got := ""
			if len(a.parsed.Errors) > 0 {
				if a.code() != "BAD_USER_INPUT" {
					t.Fatalf("got %s", a.body)
				}
				var faults []string
				for _, field := range a.parsed.Errors[0].Extensions.Fields {
					faults = append(faults, field.Path+" "+field.Message)
				}
				got = strings.Join(faults, "; ")
			} else {
				var data struct{ Echo string }
				if err := json.Unmarshal(a.parsed.Data, &data); err != nil {
					t.Fatal(err)
				}
				got = data.Echo
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolverErrors(t *testing.T) {
	b := setup(t, nil)
	t.Run("Coded", func(t *testing.T) {
		a := b.post(t, `{ hello bad: fail(code: "FORBIDDEN") }`)
		if a.status != 200 || a.code() != "FORBIDDEN" || a.message() != "failed as asked" || string(a.parsed.Data) != `{"hello":"world","bad":null}` {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if diff := cmp.Diff([]any{"bad"}, a.parsed.Errors[0].Path); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("Internal", func(t *testing.T) {
		b.log.Reset()
		a := b.post(t, "{ fail }")
		if a.status != 200 || a.code() != "INTERNAL_SERVER_ERROR" || strings.Contains(a.body, "SECRET") {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if n := strings.Count(b.log.String(), "SECRET"); n != 1 {
			t.Errorf("the cause is in the log %d times: %s", n, b.log)
		}
	})
	t.Run("Panic", func(t *testing.T) {
		b.log.Reset()
		a := b.post(t, "{ hello panic }")
		if a.status != 200 || a.code() != "INTERNAL_SERVER_ERROR" || strings.Contains(a.body, "SECRET") || string(a.parsed.Data) != `{"hello":"world","panic":null}` {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if diff := cmp.Diff([]any{"panic"}, a.parsed.Errors[0].Path); diff != "" {
			t.Error(diff)
		}
		id := a.parsed.Errors[0].Extensions.RequestID
		if n := strings.Count(b.log.String(), "SECRET"); n != 1 || !strings.Contains(b.log.String(), "schema_test.go") || strings.Count(b.log.String(), id) != 2 {
			t.Errorf("want one entry with its stack, and the access log, both with the id: %s", b.log)
		}
	})
	t.Run("PresenterOfCaller", func(t *testing.T) {
		shared := &gqlerror.Error{Message: "presented"}
		b := setup(t, func(o *config) {
			o.execute.Presenter = func(context.Context, error) *gqlerror.Error { return shared }
		})
		a := b.post(t, "{ fail }")
		if a.code() != "INTERNAL_SERVER_ERROR" || a.message() != "presented" || a.parsed.Errors[0].Extensions.RequestID == "" {
			t.Errorf("got %s", a.body)
		}
		if shared.Extensions != nil {
			t.Error("the presenter's error was changed")
		}
	})
}

func TestPanicOutsideResolvers(t *testing.T) {
	b := setup(t, func(o *config) {
		o.prepare = func(context.Context) context.Context { panic("SECRET") }
	})
	a := b.post(t, "{ hello }", "Accept-Encoding: gzip")
	if a.status != 500 || a.code() != "INTERNAL_SERVER_ERROR" || strings.Contains(a.body, "SECRET") || a.parsed.Errors[0].Extensions.RequestID == "" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if n := strings.Count(b.log.String(), "SECRET"); n != 1 {
		t.Errorf("the panic is in the log %d times: %s", n, b.log)
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(o *config) { o.Timeout = 3 * time.Second })
		start := time.Now()
		a := b.post(t, "{ hello wait }")
		if a.code() != "TIMEOUT" || string(a.parsed.Data) != `{"hello":"world","wait":null}` {
			t.Errorf("got %d %s", a.status, a.body)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
	t.Run("BeforeExecution", func(t *testing.T) {
		b := setup(t, func(o *config) {
			o.prepare = func(ctx context.Context) context.Context {
				ctx, cancel := context.WithDeadline(ctx, time.Now())
				cancel()
				return ctx
			}
		})
		if a := b.post(t, "{ hello }"); a.status != http.StatusGatewayTimeout || a.code() != "TIMEOUT" {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
}

// A client that goes away is no failure of the server.
func TestClientGone(t *testing.T) {
	b := setup(t, func(o *config) {
		o.Authenticate = func(r *http.Request) (context.Context, error) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			return ctx, nil
		}
	})
	b.post(t, "{ hello }")
	if log := b.log.String(); !strings.Contains(log, `"level":"INFO"`) || !strings.Contains(log, `"status":499`) || !strings.Contains(log, `"client_gone":true`) {
		t.Errorf("got %s", log)
	}
}

func TestAuthenticate(t *testing.T) {
	type viewerKey struct{}
	tests := map[string]struct {
		err    error
		status int
		code   string
		header string
	}{
		"OK":              {nil, 200, "", ""},
		"Unauthenticated": {apperr.New(apperr.Unauthenticated, "the token has expired"), 401, "UNAUTHENTICATED", `Bearer error="invalid_token"`},
		"Overloaded":      {apperr.New(apperr.Overloaded, "try again later"), 503, "OVERLOADED", ""},
		"Unknown":         {errors.New("SECRET"), 500, "INTERNAL_SERVER_ERROR", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			seen := ""
			b := setup(t, func(o *config) {
				o.Authenticate = func(r *http.Request) (context.Context, error) {
					return context.WithValue(r.Context(), viewerKey{}, "ada"), tt.err
				}
				o.prepare = func(ctx context.Context) context.Context {
					seen, _ = ctx.Value(viewerKey{}).(string)
					return ctx
				}
			})
			a := b.send(t, "POST", "/graphql", `{"query":"{hello}"}`, jsonBody)
			if a.status != tt.status || a.code() != tt.code || a.header.Get("WWW-Authenticate") != tt.header || strings.Contains(a.body, "SECRET") {
				t.Errorf("got %d %s %v", a.status, a.body, a.header)
			}
			if tt.err == nil && seen != "ada" {
				t.Error("the operation does not see the caller")
			}
		})
	}
}

func TestExplain(t *testing.T) {
	allowed := true
	b := setup(t, func(o *config) {
		o.explain = func(context.Context) bool { return allowed }
	})
	a := b.post(t, "{ statements(count: 2) }", "GraphQL-Explain: 1")
	explain, _ := a.parsed.Extensions["explain"].(map[string]any)
	delete(explain, "durationMs")
	one := map[string]any{"loader": "Post.author", "level": 0.0, "database": "primary", "keys": 2.0, "rows": 3.0, "ms": 1.5, "sql": "SELECT 1 WHERE id = $1"}
	if diff := cmp.Diff(map[string]any{"count": 2.0, "statements": []any{one, one}}, explain); diff != "" {
		t.Errorf("%s\n%s", diff, a.body)
	}
	if a := b.post(t, "{ hello }", "GraphQL-Explain: 1"); !strings.Contains(a.body, `"statements":[],"count":0`) {
		t.Errorf("no statements: %s", a.body)
	}
	if a := b.post(t, "{ statements(count: 2) }"); a.parsed.Extensions != nil {
		t.Errorf("not asked for: %s", a.body)
	}
	allowed = false
	if a := b.post(t, "{ statements(count: 2) }", "GraphQL-Explain: 1"); a.parsed.Extensions != nil {
		t.Errorf("not allowed: %s", a.body)
	}
	if !strings.Contains(b.log.String(), `"statements":2`) {
		t.Errorf("the log does not count statements: %s", b.log)
	}
}

func TestIntrospectionAndSuggestionsOff(t *testing.T) {
	b := setup(t, func(o *config) { o.Schema, o.rules = nil, document.Rules{} })
	for _, query := range []string{
		"{ __schema { types { name } } }",
		`{ ...F } fragment F on Query { __type(name: "Query") { name } }`,
	} {
		a := b.post(t, query)
		if a.status != 400 || a.code() != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(a.message(), "introspection is off on this server") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if a := b.post(t, "{ __typename }"); a.status != 200 {
		t.Errorf("__typename: got %s", a.body)
	}
	if a := b.send(t, "GET", "/schema.graphql", ""); a.status != 404 {
		t.Errorf("/schema.graphql: got %d", a.status)
	}
	for _, query := range []string{
		"{ helo }", "{ echo(txt: 1) }", "{ node }", "{ echo(color: REDD) }", "{ echo(input: {titel: \"\"}) }", "query($a: Colour) { echo(color: $a) }",
	} {
		if a := b.post(t, query); a.status != 400 || strings.Contains(a.body, "Did you mean") {
			t.Errorf("%s: got %d %s", query, a.status, a.body)
		}
	}
}
