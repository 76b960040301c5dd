// Package oracletest compares executors: it makes random valid operations for a schema and checks that two executable schemas give the same
// answers, data byte for byte and errors as sets. It is for tests, of this repository's schemas or of any other schema that gqlgen
// generates. The resolvers can be real ones, or ones that Fill makes by reflection; the plugin of package stub writes a test with those.
package oracletest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Operation is an operation on which executors are compared.
type Operation struct {
	Query     string
	Variables map[string]any
}

// Answer is an answer to an operation; each event is an answer of its own.
type Answer struct {
	Data string
	// Errors are sorted, and each is rendered with everything that a client sees of it.
	Errors []string
}

// maxEvents bounds how many events of a subscription are read.
const maxEvents = 10

// Run executes an operation and returns its answers. Panics of resolvers become errors with the panic's text. extend can change the
// executor, for example by adding interceptors.
func Run(ctx context.Context, es graphql.ExecutableSchema, op Operation, extend ...func(*executor.Executor)) (answers []Answer) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream := false
	defer func() {
		// gqlgen panics if a directive leaves a subscription without a stream.
		if p := recover(); p != nil && !stream {
			answers = append(answers, Answer{Errors: []string{fmt.Sprintf("panic: %v", p)}})
		}
	}()
	exec := executor.New(es)
	exec.SetRecoverFunc(func(_ context.Context, err any) error { return fmt.Errorf("recovered: %v", err) })
	for _, add := range extend {
		add(exec)
	}
	ctx = graphql.StartOperationTrace(ctx)
	oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: op.Query, Variables: op.Variables})
	if errs != nil {
		return []Answer{{Errors: render(errs)}}
	}
	stream = oc.Operation.Operation == ast.Subscription
	next, ctx := exec.DispatchOperation(ctx, oc)
	for range maxEvents {
		response := next(ctx)
		if response == nil {
			return answers
		}
		if stream {
			likeGqlgen(oc.Operation, response)
		}
		answers = append(answers, Answer{Data: string(response.Data), Errors: render(response.Errors)})
	}
	return answers
}

// nullEvent is the error for an event that is null and must not be. gqlgen does not name the field.
var nullEvent = regexp.MustCompile(`^(cannot return null for non-null) field \S+ (\(.*\)): the resolver returned nil$`)

// likeGqlgen undoes where the answer to an event is closer to the specification than gqlgen's: paths that begin with the root field, data
// that is null because a non-null root field is, and the name of that field.
func likeGqlgen(op *ast.OperationDefinition, response *graphql.Response) {
	root, ok := op.SelectionSet[0].(*ast.Field)
	if !ok {
		return
	}
	if string(response.Data) == "null" {
		response.Data = fmt.Appendf(nil, `{"%s":null}`, root.Alias)
	}
	for _, err := range response.Errors {
		if len(err.Path) > 0 && err.Path[0] == ast.PathName(root.Alias) {
			err.Path = err.Path[1:]
		}
		if len(err.Path) == 0 {
			err.Message = nullEvent.ReplaceAllString(err.Message, "$1 position $2: the value was nil")
		}
	}
}

func render(errs gqlerror.List) []string {
	texts := make([]string, 0, len(errs))
	for _, err := range errs {
		extensions, _ := json.Marshal(err.Extensions)
		texts = append(texts, fmt.Sprintf("%s: %s %s %v", err.Path, err.Message, extensions, err.Locations))
	}
	slices.Sort(texts)
	return texts
}

// Diff says how two lists of answers differ; "" if they do not.
func Diff(want, got []Answer) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d answers, want %d\ngot  %v\nwant %v", len(got), len(want), got, want)
	}
	var b strings.Builder
	for i := range want {
		if want[i].Data != got[i].Data {
			fmt.Fprintf(&b, "data of answer %d\ngot  %s\nwant %s\n", i, got[i].Data, want[i].Data)
		}
		for _, text := range missing(want[i].Errors, got[i].Errors) {
			fmt.Fprintf(&b, "missing error %s\n", text)
		}
		for _, text := range missing(got[i].Errors, want[i].Errors) {
			fmt.Fprintf(&b, "unexpected error %s\n", text)
		}
	}
	return b.String()
}

// missing returns the elements of the sorted list all that are not in some, counting repeats.
func missing(all, some []string) []string {
	var out []string
	for _, text := range all {
		at, found := slices.BinarySearchFunc(some, text, cmp.Compare[string])
		if !found {
			out = append(out, text)
			continue
		}
		some = slices.Delete(slices.Clone(some), at, at+1)
	}
	return out
}
