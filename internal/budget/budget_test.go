package budget_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/budget"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/ratelimit"
)

// fixture is a budget over a schema in which { things(first: N) { id } } costs
// N points.
type fixture struct {
	t      testing.TB
	schema *ast.Schema
	budget *budget.Budget
	model  *cost.Model
	handle operation.Handler
	runs   int
	actual int64
}

func setup(t testing.TB, mode budget.Mode, policies string) *fixture {
	t.Helper()
	f := &fixture{t: t}
	var err error
	f.schema, err = gqlparser.LoadSchema(&ast.Source{Input: `
		directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT
		directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
		type Query { things(first: Int!): [Thing!]! @listSize(slicingArguments: ["first"]) @cost(weight: 0) }
		type Thing { id: ID! }
	`})
	if err != nil {
		t.Fatal(err)
	}
	model, wrong := cost.NewModel(f.schema)
	if wrong != nil {
		t.Fatal(wrong)
	}
	p, wrong := budget.Parse([]byte(policies))
	if wrong != nil {
		t.Fatal(wrong)
	}
	f.model = model
	limiter := ratelimit.NewMemory(0)
	f.budget = budget.New(budget.Options{
		Model: model, Limiter: limiter, Settler: ratelimit.NewSettler(limiter), Mode: mode, Policies: p,
		Role: func(context.Context) string { return budget.Anonymous },
	})
	parse := operation.Check(func(_ context.Context, op *operation.Operation) *operation.Response {
		doc, err := gqlparser.LoadQueryWithRules(f.schema, op.Query, rules.NewDefaultRules())
		if err != nil {
			return operation.Refuse(operation.Errorf(apperr.ValidationFailed, "%v", err))
		}
		op.Document = &operation.Document{Text: op.Query, AST: doc, Valid: true}
		op.Definition = doc.Operations[0]
		return nil
	})
	f.handle = operation.Chain(func(_ context.Context, op *operation.Operation, send operation.Send) {
		f.runs++
		op.Actual = f.actual
		send(&operation.Response{Data: []byte(`{}`)})
	}, f.budget.Refusals, parse, model.Step, f.budget.Step)
	return f
}

func (f *fixture) send(from, query string, header ...string) *operation.Response {
	f.t.Helper()
	op := &operation.Operation{
		Query: query, Header: http.Header{},
		Caller: operation.Caller{Network: netip.MustParsePrefix(from)},
	}
	for i := 0; i < len(header); i += 2 {
		op.Header.Set(header[i], header[i+1])
	}
	var got *operation.Response
	f.handle(f.t.Context(), op, func(r *operation.Response) bool { got = r; return false })
	if got == nil {
		f.t.Fatal("no response")
	}
	return got
}

func (f *fixture) things(n int, header ...string) *operation.Response {
	f.t.Helper()
	return f.send("192.0.2.1/32", fmt.Sprintf("{ things(first: %d) { id } }", n), header...)
}

func code(r *operation.Response) string {
	if len(r.Errors) == 0 {
		return ""
	}
	c, _ := r.Errors[0].Extensions["code"].(string)
	return c
}

const small = "roles: {anonymous: {capacity: 1000, rate: 100, operation: 600}}"

// TestEnforce spends a budget, is refused, waits for as long as it is told, and
// then succeeds.
func TestEnforce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t, budget.Enforce, small)
		first := f.things(600)
		if code(first) != "" || first.Cost.Requested != 600 || first.Cost.Actual != 600 || first.Cost.Available != 400 ||
			first.Cost.Maximum != 1000 || first.Cost.Restore != 100 || first.Cost.Policy != `"points";q=1000;w=10` || first.Cost.RateLimit() != `"points";r=400;t=6` {
			t.Errorf("first: %+v %+v", first, first.Cost)
		}
		refused := f.things(500)
		if code(refused) != "RATE_LIMITED" || refused.Status != operation.TooManyRequests || refused.RetryAfter != time.Second || refused.Cost.Available != 400 {
			t.Errorf("second: %+v", refused)
		}
		if other := f.send("192.0.2.2/32", "{ things(first: 500) { id } }"); code(other) != "" {
			t.Errorf("another caller is refused: %v", other.Errors)
		}
		time.Sleep(refused.RetryAfter) //nolint:forbidigo // the clock is that of synctest
		if again := f.things(500); code(again) != "" {
			t.Errorf("after the wait: %v", again.Errors)
		}
		if f.runs != 3 {
			t.Errorf("%d operations ran, want 3", f.runs)
		}
		if s := f.budget.Stats(); s.Limited != 1 || s.Spent != 1600 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestActual checks that the points that an operation did not use come back.
func TestActual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t, budget.Enforce, small)
		f.actual = 50
		if r := f.things(600); r.Cost.Actual != 50 || r.Cost.Available != 950 {
			t.Errorf("%+v", r.Cost)
		}
		if r := f.things(0); r.Cost.Available != 950 {
			t.Errorf("after the settlement: %+v", r.Cost)
		}
	})
}

func TestTooDear(t *testing.T) {
	f := setup(t, budget.Enforce, small)
	r := f.things(601)
	if code(r) != "COST_LIMIT_EXCEEDED" || r.Status != operation.RequestError || r.RetryAfter != 0 || !strings.Contains(r.Errors[0].Message, "things (601)") {
		t.Errorf("%+v %v", r, r.Errors)
	}
	if len(r.Cost.Paths) == 0 || r.Cost.Paths[0].Path != "things" || r.Cost.Paths[0].Objects != 601 {
		t.Errorf("paths %+v", r.Cost.Paths)
	}
	if r := f.things(1_000_000_000); code(r) != "COST_LIMIT_EXCEEDED" {
		t.Errorf("%v", r.Errors)
	}
	if f.runs != 0 || f.things(600).Cost.Available != 400 {
		t.Error("a refusal ran, or took points")
	}
}

func TestMeasure(t *testing.T) {
	f := setup(t, budget.Measure, small)
	for range 3 {
		if r := f.things(600); code(r) != "" || r.Cost == nil {
			t.Fatalf("%+v", r)
		}
	}
	if r := f.things(5_000); code(r) != "" {
		t.Error("refused what is too dear")
	}
	if s := f.budget.Stats(); s.WouldRefuse != 3 || s.Limited != 0 || s.TooDear != 0 || f.runs != 4 {
		t.Errorf("stats %+v, %d runs", s, f.runs)
	}
}

func TestOff(t *testing.T) {
	f := setup(t, budget.Off, small)
	if r := f.things(5_000); code(r) != "" || r.Cost != nil {
		t.Errorf("%+v", r)
	}
}

// TestValidate requests a price without executing anything.
func TestValidate(t *testing.T) {
	for _, mode := range []budget.Mode{budget.Off, budget.Measure, budget.Enforce} {
		f := setup(t, mode, small)
		r := f.things(5_000, "GraphQL-Cost", "validate")
		if code(r) != "" || string(r.Data) != "null" || r.Cost.Requested != 5_000 || r.Cost.Actual != 0 || len(r.Cost.Paths) == 0 || f.runs != 0 {
			t.Errorf("%s: %+v %+v", mode, r, r.Cost)
		}
		if r := f.things(0); r.Cost != nil && r.Cost.Available != 1000 {
			t.Errorf("%s: asking for a price took points: %+v", mode, r.Cost)
		}
	}
}

// TestClients gives a client less than its caller has, whatever the client's
// name.
func TestClients(t *testing.T) {
	f := setup(t, budget.Enforce, small+"\nclients: {nightly: {operation: 300, leave: 500}}")
	if r := f.things(301, "apollographql-client-name", "nightly"); code(r) != "COST_LIMIT_EXCEEDED" {
		t.Errorf("%v", r.Errors)
	}
	if r := f.things(300, "graphql-client-name", "nightly"); code(r) != "" {
		t.Errorf("%v", r.Errors)
	}
	if r := f.things(300, "apollographql-client-name", "nightly"); code(r) != "RATE_LIMITED" {
		t.Errorf("took what it has to leave: %v", r.Errors)
	}
	// The account is the caller's: a new client name makes no new account.
	for i := range 3 {
		f.things(300, "apollographql-client-name", fmt.Sprint("made up ", i))
	}
	if r := f.things(300, "apollographql-client-name", "another"); code(r) != "RATE_LIMITED" {
		t.Errorf("a new name got a new budget: %v", r.Errors)
	}
}

// TestRefusalsCost sends invalid documents until the server no longer parses
// them.
func TestRefusalsCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := setup(t, budget.Enforce, small)
		refused := 0
		var last *operation.Response
		for range 200 {
			if last = f.send("192.0.2.1/32", "{ nothing }"); code(last) == "RATE_LIMITED" {
				refused++
			}
		}
		if refused != 150 {
			t.Errorf("%d of 200 were not looked at, want 150", refused)
		}
		time.Sleep(last.RetryAfter) //nolint:forbidigo // the clock is that of synctest
		if r := f.things(1); code(r) != "" {
			t.Errorf("after the wait: %v", r.Errors)
		}
		if r := f.send("192.0.2.2/32", "{ nothing }"); code(r) != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("another caller: %v", r.Errors)
		}
	})
}

// TestSwitch changes the mode while the server runs.
func TestSwitch(t *testing.T) {
	f := setup(t, budget.Measure, small)
	p, err := budget.Parse([]byte("mode: enforce\n" + small))
	if err != nil {
		t.Fatal(err)
	}
	f.budget.SetPolicies(p)
	if r := f.things(601); code(r) != "COST_LIMIT_EXCEEDED" {
		t.Errorf("%v", r.Errors)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"mode: enforce":                   "",
		"mode: on":                        "mode: want off, measure or enforce",
		"algorithm: leaky":                "algorithm: want token-bucket",
		"roles: {guest: {capacity: 1}}":   `there is no role "guest"`,
		"roles: {user: {capacity: -1}}":   "roles.user: capacity",
		"roles: {user: {rate: 30000}}":    "roles.user: rate",
		"roles: {user: {operation: -5}}":  "roles.user.operation",
		"roles: {user: {kapacity: 5}}":    "kapacity",
		"roles: [1]":                      "[1:",
		"clients: {x: {leave: -1}}":       "clients.x",
		"mode: enforce\nmode: measure":    "already defined",
		"roles: {user: {capacity: 1e30}}": "overflow",
		"\x00":                            "read budgets",
	} {
		_, err := budget.Parse([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

func TestCostJSON(t *testing.T) {
	c := operation.Cost{Requested: 5, Actual: 4, Maximum: 10, Available: -3, Restore: 1, Paths: []operation.PathCost{{Path: "a.b", Points: 2, Objects: 1}}}
	var got map[string]any
	if err := json.Unmarshal(c.AppendJSON(nil), &got); err != nil {
		t.Fatal(err)
	}
	want := `{"actualQueryCost":4,"paths":[{"objects":1,"path":"a.b","points":2}],"requestedQueryCost":5,"throttleStatus":{"currentlyAvailable":-3,"maximumAvailable":10,"restoreRate":1}}`
	if text, _ := json.Marshal(got); string(text) != want {
		t.Errorf("got %s", text)
	}
}

// TestManual reads the policy file of docs/cost.md, which has the defaults.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/cost.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	file, _, _ := strings.Cut(rest, "```")
	p, err := budget.Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(budget.Defaults().Roles, p.Roles, cmpopts.IgnoreUnexported(budget.Policy{})); diff != "" || p.Mode != budget.Enforce || len(p.Clients) != 1 {
		t.Errorf("the manual has other defaults (-code +manual):\n%s", diff)
	}
}

// Benchmark measures what price and budget add to an operation whose document
// is known: with budgets off, and with budgets on, in the process. Telling the
// client the cost is part of it.
func Benchmark(b *testing.B) {
	const much = "roles: {anonymous: {capacity: 1000000000, rate: 1000000000, operation: 1000}}"
	for _, mode := range []budget.Mode{budget.Off, budget.Measure, budget.Enforce} {
		f := setup(b, mode, much)
		doc, err := gqlparser.LoadQueryWithRules(f.schema, "{ things(first: 20) { id } }", rules.NewDefaultRules())
		if err != nil {
			b.Fatal(err)
		}
		document := &operation.Document{AST: doc, Valid: true}
		handle := operation.Chain(func(_ context.Context, op *operation.Operation, send operation.Send) {
			op.Actual = 10
			send(&operation.Response{Data: []byte(`{}`)})
		}, f.budget.Refusals, f.model.Step, f.budget.Step)
		header, from := http.Header{}, netip.MustParsePrefix("192.0.2.1/32")
		var body []byte
		headers := 0
		b.Run(string(mode), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				op := &operation.Operation{
					Header: header, Caller: operation.Caller{Network: from}, Document: document, Definition: doc.Operations[0],
				}
				handle(b.Context(), op, func(r *operation.Response) bool {
					if r.Cost != nil {
						body = r.Cost.AppendJSON(body[:0])
						headers += len(r.Cost.RateLimit())
					}
					return false
				})
			}
		})
	}
}
