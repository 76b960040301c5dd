package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/internal/testschema/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stub is a resolver root in which a test sets only what it needs.
type stub struct {
	*testschema.Resolver
	users   func(ctx context.Context) ([]*model.User, error)
	node    func(ctx context.Context, id string) (model.Node, error)
	page    func(ctx context.Context) (*model.Page, error)
	posts   func(ctx context.Context, users []*model.User) ([][]*model.Post, error)
	friends func(ctx context.Context, users []*model.User) ([][]*model.User, error)
	partner func(ctx context.Context, users []*model.User) ([]*model.User, error)
	boss    func(ctx context.Context, users []*model.User) ([]*model.User, error)
	slow    func(ctx context.Context, user *model.User) (*string, error)
	author  func(ctx context.Context, posts []*model.Post) ([]*model.User, error)
	owner   func(ctx context.Context, posts []*model.Post) ([]*model.User, error)
	count   func(ctx context.Context, counters []*model.Counter) ([]*model.User, error)
	bump    func(ctx context.Context, by int) (*model.Counter, error)
}

type stubQuery struct {
	generated.QueryResolver
	s *stub
}
type stubUser struct {
	generated.UserResolver
	s *stub
}
type stubPost struct {
	generated.PostResolver
	s *stub
}
type stubCounter struct{ s *stub }
type stubMutation struct {
	generated.MutationResolver
	s *stub
}

func (s *stub) Query() generated.QueryResolver       { return stubQuery{s.Resolver.Query(), s} }
func (s *stub) User() generated.UserResolver         { return stubUser{s.Resolver.User(), s} }
func (s *stub) Post() generated.PostResolver         { return stubPost{s.Resolver.Post(), s} }
func (s *stub) Counter() generated.CounterResolver   { return stubCounter{s} }
func (s *stub) Mutation() generated.MutationResolver { return stubMutation{s.Resolver.Mutation(), s} }

func (q stubQuery) Users(ctx context.Context, _ *int, _ *model.Filter) ([]*model.User, error) {
	return q.s.users(ctx)
}
func (q stubQuery) Node(ctx context.Context, id string) (model.Node, error) { return q.s.node(ctx, id) }
func (q stubQuery) Page(ctx context.Context, _ *int) (*model.Page, error)   { return q.s.page(ctx) }
func (u stubUser) Posts(ctx context.Context, users []*model.User, _ *int, _ *model.Date) ([][]*model.Post, error) {
	return u.s.posts(ctx, users)
}
func (u stubUser) Friends(ctx context.Context, users []*model.User, _ int) ([][]*model.User, error) {
	return u.s.friends(ctx, users)
}
func (u stubUser) Partner(ctx context.Context, users []*model.User) ([]*model.User, error) {
	return u.s.partner(ctx, users)
}
func (u stubUser) Boss(ctx context.Context, users []*model.User) ([]*model.User, error) {
	return u.s.boss(ctx, users)
}
func (u stubUser) Slow(ctx context.Context, user *model.User, _ *int) (*string, error) {
	return u.s.slow(ctx, user)
}
func (p stubPost) Author(ctx context.Context, posts []*model.Post) ([]*model.User, error) {
	return p.s.author(ctx, posts)
}
func (p stubPost) Owner(ctx context.Context, posts []*model.Post) ([]*model.User, error) {
	return p.s.owner(ctx, posts)
}
func (c stubCounter) User(ctx context.Context, counters []*model.Counter) ([]*model.User, error) {
	return c.s.count(ctx, counters)
}
func (m stubMutation) Bump(ctx context.Context, by int) (*model.Counter, error) {
	return m.s.bump(ctx, by)
}

// people makes users with the given ids, which are also their names. An empty id makes a nil.
func people(ids ...string) []*model.User {
	users := make([]*model.User, len(ids))
	for i, id := range ids {
		if id != "" {
			users[i] = &model.User{ID: id, Name: id, Base: &model.Base{}}
		}
	}
	return users
}

func papers(ids ...string) []*model.Post {
	posts := make([]*model.Post, len(ids))
	for i, id := range ids {
		if id != "" {
			posts[i] = &model.Post{ID: id, Name: &id}
		}
	}
	return posts
}

// forEach makes a batch resolver from a function.
func forEach[P, R any](value func(P) R) func(context.Context, []P) ([]R, error) {
	return func(_ context.Context, objs []P) ([]R, error) {
		results := make([]R, len(objs))
		for i, obj := range objs {
			results[i] = value(obj)
		}
		return results, nil
	}
}

// server executes operations of the test schema.
type server struct {
	*gqlexecutor.Executor
	recovered int
}

func newServer(es graphql.ExecutableSchema) *server {
	s := &server{Executor: gqlexecutor.New(es)}
	s.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	s.SetRecoverFunc(func(_ context.Context, err any) error {
		s.recovered++
		return fmt.Errorf("recovered: %v", err)
	})
	return s
}

func newStubServer(root *stub) *server { return newServer(newStubSchema(root)) }

func newStubSchema(root *stub) graphql.ExecutableSchema {
	config := testschema.NewConfig()
	root.Resolver = &testschema.Resolver{}
	config.Resolvers = root
	return generated.NewBreadthFirstSchema(config)
}

// run executes an operation and returns the answer as a client would see it, without locations.
func (s *server) run(t testing.TB, ctx context.Context, query string, variables map[string]any) string {
	t.Helper()
	oc, errs := s.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		t.Fatal(errs)
	}
	next, ctx := s.DispatchOperation(graphql.StartOperationTrace(ctx), oc)
	response := next(ctx)
	if response == nil {
		return ""
	}
	for _, err := range response.Errors {
		err.Locations = nil
	}
	response.Extensions = nil
	answer, err := json.Marshal(response)
	if err != nil {
		t.Fatal(errors.Join(err, fmt.Errorf("data %s", response.Data)))
	}
	return string(answer)
}
