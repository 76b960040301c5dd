package executor_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/executor/internal/testschema"
	"github.com/weftql/weft/executor/internal/testschema/generated"
	"github.com/weftql/weft/executor/internal/testschema/model"
)

func TestFieldFromContext(t *testing.T) {
	query := `query($no: Boolean = false) { page { total edges { node { ...P } } nodes { title: name author @include(if: $no) { id } } } } fragment P on Named { name ... on Post { body author { id } } }`
	for _, test := range []struct {
		name  string
		es    func(generated.Config) graphql.ExecutableSchema
		whole bool
	}{
		{"BreadthFirst", func(c generated.Config) graphql.ExecutableSchema { return generated.NewBreadthFirstSchema(c) }, true},
		{"Gqlgen", generated.NewExecutableSchema, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var seen, answers []string
			root := family()
			root.Resolver = &testschema.Resolver{}
			root.page = func(ctx context.Context) (*model.Page, error) {
				f := executor.FieldFromContext(ctx)
				for child := range f.Fields("Post", "edges.node", "nodes") {
					seen = append(seen, child.Alias()+":"+child.Name())
				}
				answers = []string{f.Name(), fmt.Sprint(f.Selects("total"), f.Selects("info"), f.Selects("edges.node.body"),
					f.Selects("nodes.author", "nodes.body"), executor.Whole(ctx), executor.Join(ctx))}
				return &model.Page{}, nil
			}
			config := testschema.NewConfig()
			config.Resolvers = root
			newServer(test.es(config)).run(t, t.Context(), query, nil)
			slices.Sort(seen)
			if got, want := strings.Join(seen, " "), "author:author body:body name:name title:name"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if got, want := fmt.Sprint(answers), fmt.Sprintf("[page true false true false %t %[1]t]", test.whole); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	if executor.FieldFromContext(t.Context()) != nil {
		t.Error("there is a field outside of resolvers")
	}
}

// TestPlace asks for the place of a field below lists, below aliases and below a field that is read from its objects, on both executors.
func TestPlace(t *testing.T) {
	for name, es := range map[string]func(generated.Config) graphql.ExecutableSchema{
		"BreadthFirst": func(c generated.Config) graphql.ExecutableSchema { return generated.NewBreadthFirstSchema(c) },
		"Gqlgen":       generated.NewExecutableSchema,
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			seen := map[string]bool{}
			see := func(ctx context.Context) {
				mu.Lock()
				defer mu.Unlock()
				seen[fmt.Sprint(executor.FieldFromContext(ctx).Path(), " ", executor.Level(ctx))] = true
			}
			root := family()
			posts := []*model.Post{{ID: "1"}, {ID: "2"}}
			root.page = func(ctx context.Context) (*model.Page, error) {
				see(ctx)
				for child := range executor.FieldFromContext(ctx).Fields("Post", "edges.node") {
					if got := child.Path(); got != "p.edges.node.by" {
						t.Errorf("the field below is at %s", got)
					}
				}
				return &model.Page{Edges: []*model.Edge{{Node: posts[0]}, {Node: posts[1]}}}, nil
			}
			root.author = func(ctx context.Context, of []*model.Post) ([]*model.User, error) {
				see(ctx)
				return people("a", "b")[:len(of)], nil
			}
			root.slow = func(ctx context.Context, _ *model.User) (*string, error) {
				see(ctx)
				return nil, nil
			}
			config := testschema.NewConfig()
			config.Resolvers = root
			newServer(es(config)).run(t, t.Context(), `{ p: page { edges { node { by: author { slow } } } } }`, nil)
			got := strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
			if want := "p 0, p.edges.node.by 1, p.edges.node.by.slow 2"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	if got := executor.Level(t.Context()); got != 0 {
		t.Errorf("outside of resolvers the level is %d", got)
	}
}

func TestMemoIsOfThePlan(t *testing.T) {
	type columns struct{}
	computed := 0
	root := family()
	root.users = func(ctx context.Context) ([]*model.User, error) {
		got := executor.Memo(executor.FieldFromContext(ctx), columns{}, func(f *executor.Field) string {
			computed++
			var names []string
			for child := range f.Fields("User") {
				names = append(names, child.Name())
			}
			return strings.Join(names, ",")
		})
		if got != "id,age" {
			t.Errorf("got %s", got)
		}
		return people("a"), nil
	}
	s := newStubServer(root)
	for range 4 {
		s.run(t, t.Context(), `query($x: Boolean = true) { users { id age name @skip(if: $x) } }`, nil)
	}
	// The plan of the first run is not kept.
	if computed != 2 {
		t.Errorf("computed %d times, want twice", computed)
	}
}

// TestJoin has two loaders of one level that do not load before both know what they need, and a third resolver that does not join.
func TestJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wanted atomic.Int32
		root := family()
		load := func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
			for round := range int32(2) {
				wanted.Add(1)
				if !executor.Join(ctx) {
					t.Error("not joined")
				}
				if got := wanted.Load(); got < 2*(round+1) {
					t.Errorf("%d want to load in round %d", got, round)
				}
			}
			return make([]*model.User, len(objs)), nil
		}
		root.partner = load
		root.boss = load
		newStubServer(root).run(t, t.Context(), `{ users { partner { id } boss { id } friends { id } } }`, nil)
	})
}

// TestJoinOfALateGoroutine has a resolver with two goroutines. One of them joins when the level has already gone on: it waits for the next
// time, which is the end of the other resolver.
func TestJoinOfALateGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		var mu sync.Mutex
		say := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, what)
		}
		root, gone, last := family(), make(chan struct{}), make(chan struct{})
		root.partner = func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				<-gone
				executor.Join(ctx)
				say("late")
			}()
			executor.Join(ctx)
			say("first")
			<-done
			return make([]*model.User, len(objs)), nil
		}
		root.boss = func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
			executor.Join(ctx)
			close(gone)
			<-last
			say("other")
			return make([]*model.User, len(objs)), nil
		}
		time.AfterFunc(time.Millisecond, func() { close(last) })
		newStubServer(root).run(t, t.Context(), `{ users { partner { id } boss { id } } }`, nil)
		if got := strings.Join(order, " "); got != "first other late" {
			t.Errorf("went on: %s", got)
		}
	})
}

// TestSlowResolversOfSingleObjectsOverlap calls a resolver that does not return until it has been called for all objects.
func TestSlowResolversOfSingleObjectsOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := make(chan struct{})
		var calls atomic.Int32
		root := family()
		root.slow = func(ctx context.Context, u *model.User) (*string, error) {
			if calls.Add(1) == 2 {
				close(all)
			}
			<-all
			path := graphql.GetPath(ctx).String()
			return &path, nil
		}
		got := newStubServer(root).run(t, t.Context(), `{ users { slow } }`, nil)
		if want := `{"data":{"users":[{"slow":"users[0].slow"},{"slow":"users[1].slow"}]}}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestFieldContextOfABatch(t *testing.T) {
	root := family()
	root.posts = func(ctx context.Context, objs []*model.User) ([][]*model.Post, error) {
		fc := graphql.GetFieldContext(ctx)
		collected := graphql.CollectFieldsCtx(ctx, []string{"Post"})
		child, err := fc.Child(ctx, collected[0])
		got := fmt.Sprintln(fc.Object, fc.Field.Name, fc.Args["first"] != nil, fc.IsResolver, graphql.GetPath(ctx), graphql.CollectAllFields(ctx),
			child.Object, child.Field.Name, err, graphql.GetRootFieldContext(ctx).Field.Name)
		if want := "User posts true true users.posts [id name] Post id <nil> users\n"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		return make([][]*model.Post, len(objs)), nil
	}
	newStubServer(root).run(t, t.Context(), `{ users { posts(first: 3) { id name } } }`, nil)
}

// TestErrorPresenterSeesTheObject reports an error at the place of the object that it belongs to.
func TestErrorPresenterSeesTheObject(t *testing.T) {
	root := family()
	root.partner = func(context.Context, []*model.User) ([]*model.User, error) {
		return make([]*model.User, 2), graphql.BatchErrorList{nil, errors.New("no")}
	}
	s := newStubServer(root)
	s.SetErrorPresenter(func(ctx context.Context, err error) *gqlerror.Error {
		fc := graphql.GetFieldContext(ctx)
		return &gqlerror.Error{Message: fmt.Sprint(fc.Object, ".", fc.Field.Name, " at ", graphql.GetPath(ctx))}
	})
	got := s.run(t, t.Context(), `{ users { partner { id } } }`, nil)
	if want := `"errors":[{"message":"User.partner at users[1].partner"}]`; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestInterceptors(t *testing.T) {
	root := family()
	var fields, roots []string
	s := newStubServer(root)
	s.AroundRootFields(func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		name := graphql.GetRootFieldContext(ctx).Field.Alias
		if name == "gone" {
			return graphql.Null
		}
		roots = append(roots, name)
		return next(ctx)
	})
	got := s.run(t, t.Context(), `{ a: users { id } gone: secret __typename }`, nil)
	if want := `{"data":{"a":[{"id":"a"},{"id":"b"}],"gone":null,"__typename":"Query"}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s = newStubServer(root)
	s.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		fields = append(fields, graphql.GetFieldContext(ctx).Field.Name)
		return next(ctx)
	})
	s.run(t, t.Context(), `{ version }`, nil)
	if fmt.Sprint(roots, fields) != "[a] [version]" {
		t.Errorf("saw root fields %v, fields %v", roots, fields)
	}
}

func TestPlansAreBounded(t *testing.T) {
	config := testschema.NewConfig()
	for _, n := range []int{0, 1, 3} {
		s := newServer(generated.NewBreadthFirstSchema(config, executor.WithPlans(n)))
		for round := range 4 {
			for i := range 8 {
				query := fmt.Sprintf(`query($a: Boolean!) { version%d: version @skip(if: $a) __typename }`, i)
				want := fmt.Sprintf(`{"data":{"version%d":"v1","__typename":"Query"}}`, i)
				if round%2 == 1 {
					want = `{"data":{"__typename":"Query"}}`
				}
				if got := s.run(t, t.Context(), query, map[string]any{"a": round%2 == 1}); got != want {
					t.Fatalf("got %s, want %s", got, want)
				}
			}
		}
	}
}

// TestRequestsShareAPlan runs a few operations many times concurrently, with a cache that is too small for them.
func TestRequestsShareAPlan(t *testing.T) {
	root := family()
	root.node = func(_ context.Context, id string) (model.Node, error) {
		if id == "post" {
			return papers(id)[0], nil
		}
		return people(id)[0], nil
	}
	config := testschema.NewConfig()
	root.Resolver = &testschema.Resolver{}
	config.Resolvers = root
	es := generated.NewBreadthFirstSchema(config, executor.WithPlans(2))
	documents := graphql.MapCache[*ast.QueryDocument]{}
	queries := []string{deep, `{ users { id partner { name } } }`,
		`query($id: ID!, $all: Boolean = true) { node(id: $id) { __typename id ... on User @include(if: $all) { friends { name } } ... on Post { author { id } } } }`}
	for _, query := range queries {
		s := newServer(es)
		s.SetQueryCache(documents)
		s.run(t, t.Context(), query, map[string]any{"id": "x"})
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			s := newServer(es)
			s.SetQueryCache(documents)
			for i := range 60 {
				id := []string{"post", "user"}[i%2]
				got := s.run(t, t.Context(), queries[(worker+i)%3], map[string]any{"id": id, "all": i%4 == 0})
				if strings.Contains(got, "errors") || (worker+i)%3 == 2 && !strings.Contains(got, `"id":"`+id) {
					t.Errorf("got %s", got)
				}
			}
		})
	}
	all.Wait()
}

// TestInputsFromContext has a resolver decode an input object by its name.
func TestInputsFromContext(t *testing.T) {
	for name, es := range map[string]func(generated.Config) graphql.ExecutableSchema{
		"BreadthFirst": func(c generated.Config) graphql.ExecutableSchema { return generated.NewBreadthFirstSchema(c) },
		"Gqlgen":       generated.NewExecutableSchema,
	} {
		t.Run(name, func(t *testing.T) {
			var filter model.Filter
			root := family()
			root.Resolver = &testschema.Resolver{}
			root.page = func(ctx context.Context) (*model.Page, error) {
				return &model.Page{}, graphql.UnmarshalNamedInputFromContext(ctx, "Filter", map[string]any{"colors": []any{"RED"}}, &filter)
			}
			config := testschema.NewConfig()
			config.Resolvers = root
			newServer(es(config)).run(t, t.Context(), `{ page { total } }`, nil)
			if got := fmt.Sprint(filter.Colors); got != "[RED]" {
				t.Errorf("got the colors %s", got)
			}
			if filter.Min == nil || *filter.Min != 1 {
				t.Error("the default of min is missing")
			}
		})
	}
}

// TestJoinCountsAResolverOnce has one resolver join from several goroutines, which must not make its level go on.
func TestJoinCountsAResolverOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bossWants atomic.Bool
		root := family()
		root.partner = func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
			var own sync.WaitGroup
			for range 3 {
				own.Go(func() {
					executor.Join(ctx)
					if !bossWants.Load() {
						t.Error("the level went without the other resolver")
					}
				})
			}
			own.Wait()
			return make([]*model.User, len(objs)), nil
		}
		root.boss = func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
			<-time.After(executor.DefaultPatience / 2)
			bossWants.Store(true)
			executor.Join(ctx)
			return make([]*model.User, len(objs)), nil
		}
		newStubServer(root).run(t, t.Context(), `{ users { partner { id } boss { id } friends { id } } }`, nil)
	})
}
