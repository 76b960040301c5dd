package executor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/internal/testschema/model"
)

// library is a resolver root whose objects exist beforehand, so that a benchmark measures only execution.
type library struct {
	*testschema.Resolver
	users []*model.User
	posts [][]*model.Post
	tags  [][]*model.Tag
}

func newLibrary() *library {
	l := &library{users: make([]*model.User, 100), posts: make([][]*model.Post, 100), tags: make([][]*model.Tag, 10)}
	for i := range l.users {
		id := fmt.Sprint("user:", i)
		l.users[i] = &model.User{
			ID: id, Name: "A name of usual length", Age: i, Ratio: 0.5, Big: int64(i) << 20, Active: true, Color: model.ColorGreen, Base: &model.Base{},
			Joined: time.Date(2020, 1, 2, 3, 4, 5, 6000, time.UTC), Birth: model.Date{Time: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)}, Tags: []string{"one", "two"},
			Profile: model.Profile{Bio: "Some words about this person, with a \"quote\" in them.", User: id},
		}
		for j := range 10 {
			title := "What somebody has to say"
			l.posts[i] = append(l.posts[i], &model.Post{ID: fmt.Sprint("post:", i*10+j), Name: &title, Body: "A body of some length.\nTwo lines."})
		}
	}
	for i := range l.tags {
		l.tags[i] = []*model.Tag{{Label: "red"}, {Label: "blue"}}
	}
	return l
}

type libraryQuery struct {
	generated.QueryResolver
	l *library
}

type libraryUser struct {
	generated.UserResolver
	l *library
}

type libraryPost struct {
	generated.PostResolver
	l *library
}

func (l *library) Query() generated.QueryResolver { return libraryQuery{l.Resolver.Query(), l} }
func (l *library) User() generated.UserResolver   { return libraryUser{l.Resolver.User(), l} }
func (l *library) Post() generated.PostResolver   { return libraryPost{l.Resolver.Post(), l} }

func (q libraryQuery) Users(_ context.Context, first *int, _ *model.Filter) ([]*model.User, error) {
	return q.l.users[:*first], nil
}

func (u libraryUser) Posts(_ context.Context, objs []*model.User, first *int, _ *model.Date) ([][]*model.Post, error) {
	posts := make([][]*model.Post, len(objs))
	for i, obj := range objs {
		posts[i] = u.l.posts[obj.Age][:*first]
	}
	return posts, nil
}

func (p libraryPost) Author(_ context.Context, objs []*model.Post) ([]*model.User, error) {
	users := make([]*model.User, len(objs))
	for i := range objs {
		users[i] = p.l.users[i%100]
	}
	return users, nil
}

func (p libraryPost) Tags(_ context.Context, objs []*model.Post) ([][]*model.Tag, error) {
	tags := make([][]*model.Tag, len(objs))
	for i := range objs {
		tags[i] = p.l.tags[i%10]
	}
	return tags, nil
}

var benchmarks = []struct{ name, query string }{
	{"One", `{ users(first: 1) { id name age } }`},
	{"Flat", `{ users(first: 100) { id name age ratio big active joined color tags profile { bio } } }`},
	{"Scalars", `{ users(first: 100) { balance birth token color mood size nick title } }`},
	{"Nested", `{ users(first: 20) { id name posts(first: 10) { id name body author { id name } tags { label } } } }`},
	{"Fragments", `query($yes: Boolean = true) { users(first: 100) { ...F ... on Node @include(if: $yes) { id } } } fragment F on User { name posts(first: 1) { ...P } } fragment P on Named { name ... on Post { id author { name } } }`},
}

// BenchmarkExecutors compares gqlgen's executor with this one on the same resolvers, after parsing.
func BenchmarkExecutors(b *testing.B) {
	config := testschema.NewConfig()
	config.Resolvers = newLibrary()
	for _, bench := range benchmarks {
		for _, e := range []struct {
			name string
			es   graphql.ExecutableSchema
		}{
			{"gqlgen", generated.NewExecutableSchema(config)},
			{"breadthfirst", generated.NewBreadthFirstSchema(config)},
			{"noplans", generated.NewBreadthFirstSchema(config, executor.WithPlans(0))},
		} {
			b.Run(bench.name+"/"+e.name, func(b *testing.B) {
				exec := gqlexecutor.New(e.es)
				exec.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
				ctx := graphql.StartOperationTrace(context.Background())
				b.ReportAllocs()
				for b.Loop() {
					oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: bench.query})
					if errs != nil {
						b.Fatal(errs)
					}
					next, ctx := exec.DispatchOperation(ctx, oc)
					response := next(ctx)
					if len(response.Errors) > 0 {
						b.Fatal(response.Errors)
					}
					b.SetBytes(int64(len(response.Data)))
				}
			})
		}
	}
}
