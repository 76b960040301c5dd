package executor_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/oracletest"
)

const fixedUserFields = `id name nick age ratio maybeRatio big active joined seen birth balance savings color mood moods size tags notes strictNotes matrix meta any title initials greeting(at: "2001-01-01") lookup email shout token
	profile { bio links level owner { id } city { name } } address { street zip user { id } } addresses { street user { name } } maybeAddresses { street zip } score(scale: 3) maybeScore ranks count`

var fixed = []string{
	`{ version }`,
	`{ users { ` + fixedUserFields + ` } }`,
	`{ users(first: 4) { id posts { name author { name friends { id posts(first: 1) { id replies { id } } } } tags { label color posts { id } } } } maybeUsers { id best { id parent { id } } } }`,
	`{ nodes { __typename id ... on User { name boss { id partner { name } } } ... on Post { body owners { id } } ... on Box { label inner { id content { ... on User { id } ... on Cell { x } } } items { __typename } } } }`,
	`{ things { __typename ... on User { favorites { ... on Node { id } ... on Named { nick name } } } ... on Cell { x y mark content { id } } } }`,
	`{ grid(w: 3) { x y content { id } } cube { x mark } }`,
	`{ chain { value next { value maybeNext { list { value user { name } } } maybeList { value next { value } } loose { value next { value } } } } maybeChain { value } }`,
	`{ echo(filter: {name: "abc", colors: [RED], nested: {min: null}, ids: [["a"]]}, at: "2020-01-01") words maybeWords colors floats secret me { id email manager { id guardedPosts { id } } slow slowBox { id } } shout page { edges { cursor node { id name } } nodes { id } total info { more end } } }`,
	`{ echo(at: "nonsense") users { posts(since: "never") { id } greeting(at: "never") } }`,
	`mutation { a: bump { value user { id } query { version users { id } } } b: bump(by: 3) { value } rename(id: "user:1", name: "Al") { id name } c: tryBump { value } }`,
	`subscription { ticks { n user { id name } } }`,
	`subscription { guarded { id friends { id } } }`,
	`{ __schema { queryType { name } } }`,
}

func diff(t testing.TB, s testschema.Scenario, op oracletest.Operation) string {
	t.Helper()
	ctx := testschema.NewContext(context.Background(), s)
	want := oracletest.Run(ctx, generated.NewExecutableSchema(testschema.NewConfig()), op)
	got := oracletest.Run(ctx, generated.NewBreadthFirstSchema(testschema.NewConfig()), op)
	return oracletest.Diff(want, got)
}

// TestFixedOperations compares hand-written operations with gqlgen's executor, without and with failures.
func TestFixedOperations(t *testing.T) {
	for _, query := range fixed {
		for seed := range uint64(20) {
			for _, faults := range []uint64{0, 30, 200} {
				s := testschema.Scenario{Seed: seed, Faults: faults}
				if d := diff(t, s, oracletest.Operation{Query: query}); d != "" {
					t.Fatalf("%+v\n%s\n%s", s, query, d)
				}
			}
		}
	}
}
