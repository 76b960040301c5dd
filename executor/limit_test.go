package executor_test

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/oracletest"
)

func TestMaxBytes(t *testing.T) {
	const query = `{ users { ` + fixedUserFields + ` } }`
	run := func(opts ...executor.Option) oracletest.Answer {
		es := generated.NewBreadthFirstSchema(testschema.NewConfig(), opts...)
		return oracletest.Run(testschema.NewContext(context.Background(), testschema.Scenario{Seed: 1}), es, oracletest.Operation{Query: query})[0]
	}
	whole := run()
	if same := run(executor.WithMaxBytes(len(whole.Data))); same.Data != whole.Data {
		t.Error("an answer of just the limit is refused")
	}
	for _, limit := range []int{0, 10, len(whole.Data) / 2, len(whole.Data) - 1} {
		answer := run(executor.WithMaxBytes(limit))
		if answer.Data != "null" || !strings.Contains(strings.Join(answer.Errors, "\n"), executor.ErrTooLarge.Error()) {
			t.Errorf("limit %d of %d: data %.40q, errors %v", limit, len(whole.Data), answer.Data, answer.Errors)
		}
	}
	if unlimited := run(executor.WithMaxBytes(-1)); unlimited.Data != whole.Data {
		t.Error("without a limit the answer is another")
	}
	if answer := run(executor.WithMaxBytes(10)); !strings.Contains(strings.Join(answer.Errors, "\n"), "more than 10 bytes") {
		t.Errorf("the limit is not named: %v", answer.Errors)
	}
}

func TestMaxErrors(t *testing.T) {
	var s testschema.Scenario
	const query = `{ maybeUsers { id maybeScore best { id parent { id } } } things { ... on User { maybeScore best { id } } } }`
	run := func(opts ...executor.Option) oracletest.Answer {
		es := generated.NewBreadthFirstSchema(testschema.NewConfig(), opts...)
		return oracletest.Run(testschema.NewContext(context.Background(), s), es, oracletest.Operation{Query: query})[0]
	}
	var all oracletest.Answer
	for len(all.Errors) < 5 || all.Data == "null" {
		s = testschema.Scenario{Seed: s.Seed + 1, Faults: 100}
		if s.Seed > 1000 {
			t.Fatal("no scenario has errors enough")
		}
		all = run()
	}
	some := run(executor.WithMaxErrors(2))
	if some.Data != all.Data {
		t.Error("leaving errors out changed the data")
	}
	// The error of a batch resolver may come together with the one for its null.
	if n := len(some.Errors); n < 3 || n > 5 || !strings.Contains(strings.Join(some.Errors, "\n"), executor.ErrTooManyErrors.Error()) {
		t.Errorf("errors %v, want two and a note", some.Errors)
	}
}
