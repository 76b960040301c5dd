package executor_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/internal/testschema/model"
)

// TestSpecification follows the execution section of the GraphQL specification, heading by heading.
func TestSpecification(t *testing.T) {
	ann, bob := people("ann")[0], people("bob")[0]
	fails := errors.New("no")
	root := func() *stub {
		return &stub{
			users:   func(context.Context) ([]*model.User, error) { return people("ann", "bob"), nil },
			friends: forEach(func(u *model.User) []*model.User { return people(u.ID+"1", u.ID+"2") }),
			partner: forEach(func(u *model.User) *model.User { return people(u.ID + "'s")[0] }),
			boss:    forEach(func(*model.User) *model.User { return ann }),
			posts:   forEach(func(u *model.User) []*model.Post { return papers(u.ID + "/1") }),
			author:  forEach(func(*model.Post) *model.User { return bob }),
			owner:   forEach(func(*model.Post) *model.User { return ann }),
			node:    func(_ context.Context, id string) (model.Node, error) { return papers(id)[0], nil },
		}
	}
	for _, test := range []struct {
		name, query string
		variables   map[string]any
		change      func(*stub)
		want        string
	}{
		{name: "CollectFields/Merge", query: `{ users { id } users { name friends { id } } ...F } fragment F on Query { users { friends { name } } }`,
			want: `{"data":{"users":[{"id":"ann","name":"ann","friends":[{"id":"ann1","name":"ann1"},{"id":"ann2","name":"ann2"}]},{"id":"bob","name":"bob","friends":[{"id":"bob1","name":"bob1"},{"id":"bob2","name":"bob2"}]}]}}`},
		{name: "CollectFields/Order", query: `{ b: version __typename a: version ... { c: version } }`,
			want: `{"data":{"b":"v1","__typename":"Query","a":"v1","c":"v1"}}`},
		{name: "CollectFields/UnrelatedInterfaces", query: `{ node(id: "p") { ... on Held { owner { id } } ... on Owned { owner { name } } } }`,
			want: `{"data":{"node":{"owner":{"id":"ann","name":"ann"}}}}`},
		{name: "CollectFields/Types", query: `{ node(id: "p") { __typename ... on User { age } ... on Post { author { id } } ... on Node { id } } }`,
			want: `{"data":{"node":{"__typename":"Post","author":{"id":"bob"},"id":"p"}}}`},
		{name: "SkipInclude/Variables", query: `query($a: Boolean!, $b: Boolean = true) { x: version @skip(if: $a) y: version @include(if: $b) ... @include(if: $a) { z: version } }`,
			variables: map[string]any{"a": true}, want: `{"data":{"y":"v1","z":"v1"}}`},
		{name: "SkipInclude/Both", query: `{ version @skip(if: true) @include(if: true) __typename @skip(if: false) @include(if: false) }`, want: `{"data":{}}`},
		{name: "CoerceArguments/Defaults", query: `query($c: Color = BLUE, $l: [Int!]) { echo(color: $c, list: $l) }`,
			want: `{"data":{"echo":"[\"BLUE\",null,null,null,null,\"a\\\"b\",[1,2]]"}}`},
		{name: "CoerceArguments/Null", query: `query($l: [Int!]) { echo(color: null, text: null, list: $l) }`, variables: map[string]any{"l": 7},
			want: `{"data":{"echo":"[null,null,null,null,null,null,[7]]"}}`},
		{name: "CoerceArguments/Faulty", query: `{ users { posts(since: "never") { id } name } }`,
			want: `{"errors":[{"message":"\"never\" is not a date","path":["users",0,"posts","since"]},{"message":"\"never\" is not a date","path":["users",1,"posts","since"]}],"data":null}`},
		{name: "Errors/Nullable", query: `{ users { name partner { id } } }`,
			change: func(s *stub) {
				s.partner = func(context.Context, []*model.User) ([]*model.User, error) {
					return make([]*model.User, 2), graphql.BatchErrorList{nil, fails}
				}
			},
			want: `{"errors":[{"message":"no","path":["users",1,"partner"]}],"data":{"users":[{"name":"ann","partner":null},{"name":"bob","partner":null}]}}`},
		{name: "Errors/AllOfABatch", query: `{ users { partner { id } } }`,
			change: func(s *stub) {
				s.partner = func(context.Context, []*model.User) ([]*model.User, error) { return nil, fails }
			},
			want: `{"errors":[{"message":"no","path":["users",0,"partner"]},{"message":"no","path":["users",1,"partner"]}],"data":{"users":[{"partner":null},{"partner":null}]}}`},
		{name: "NonNull/StopsAtNullable", query: `{ users { friends { boss { id } } } }`,
			change: func(s *stub) {
				s.boss = forEach(func(u *model.User) *model.User {
					if u.ID == "bob2" {
						return nil
					}
					return bob
				})
			},
			want: `{"errors":[{"message":"cannot return null for non-null field User.boss (User!): the resolver returned nil","path":["users",1,"friends",1,"boss"]}],` +
				`"data":{"users":[{"friends":[{"boss":{"id":"bob"}},{"boss":{"id":"bob"}}]},{"friends":null}]}}`},
		{name: "NonNull/ListElement", query: `{ users { friends { id } name } }`,
			change: func(s *stub) {
				s.friends = forEach(func(u *model.User) []*model.User {
					if u.ID == "bob" {
						return people("x", "", "y")
					}
					return []*model.User{}
				})
			},
			want: `{"errors":[{"message":"cannot return null for non-null element of field User.friends (User!): the list element was nil","path":["users",1,"friends",1]}],` +
				`"data":{"users":[{"friends":[],"name":"ann"},{"friends":null,"name":"bob"}]}}`},
		{name: "NonNull/Root", query: `{ version users { boss { name } } }`,
			change: func(s *stub) {
				s.boss = func(context.Context, []*model.User) ([]*model.User, error) { return make([]*model.User, 2), nil }
			},
			want: `{"errors":[{"message":"cannot return null for non-null field User.boss (User!): the resolver returned nil","path":["users",0,"boss"]},` +
				`{"message":"cannot return null for non-null field User.boss (User!): the resolver returned nil","path":["users",1,"boss"]}],"data":null}`},
		{name: "NonNull/EmptyList", query: `{ users { posts { id } } }`,
			change: func(s *stub) { s.posts = forEach(func(*model.User) []*model.Post { return nil }) },
			want:   `{"data":{"users":[{"posts":[]},{"posts":[]}]}}`},
		{name: "Lists/NoParents", query: `{ users { id friends { id } } }`,
			change: func(s *stub) {
				s.users = func(context.Context) ([]*model.User, error) { return nil, nil }
				s.friends = func(context.Context, []*model.User) ([][]*model.User, error) {
					panic("called without parents")
				}
			},
			want: `{"data":{"users":[]}}`},
		{name: "ResultCoercion/NoNumber", query: `{ users { id maybeRatio friends { id ratio } } }`,
			change: func(s *stub) {
				nan := math.NaN()
				s.users = func(context.Context) ([]*model.User, error) {
					return []*model.User{{ID: "ann", MaybeRatio: &nan}, {ID: "bob"}}, nil
				}
				s.friends = forEach(func(u *model.User) []*model.User {
					if u.ID == "bob" {
						return []*model.User{{ID: "c", Ratio: nan}}
					}
					return nil
				})
			},
			want: `{"errors":[{"message":"cannot marshal infinite no NaN float values","path":["users",0,"maybeRatio"]},` +
				`{"message":"cannot marshal infinite no NaN float values","path":["users",1,"friends",0,"ratio"]}],` +
				`"data":{"users":[{"id":"ann","maybeRatio":null,"friends":null},{"id":"bob","maybeRatio":null,"friends":null}]}}`},
		{name: "ResolveAbstractType/NilPointer", query: `{ node(id: "p") { id } }`,
			change: func(s *stub) {
				s.node = func(context.Context, string) (model.Node, error) { return (*model.Post)(nil), nil }
			},
			want: `{"data":{"node":null}}`},
		{name: "ResolveAbstractType/Unknown", query: `{ node(id: "p") { id } version }`,
			change: func(s *stub) {
				s.node = func(context.Context, string) (model.Node, error) { return stranger{}, nil }
			},
			want: `{"errors":[{"message":"recovered: unexpected type executor_test.stranger; non-generated variants of Node must implement graphql.Marshaler","path":["node"]}],"data":{"node":null,"version":"v1"}}`},
		{name: "Introspection/Typename", query: `{ __typename users { __typename friends { t: __typename } } }`,
			want: `{"data":{"__typename":"Query","users":[{"__typename":"User","friends":[{"t":"User"},{"t":"User"}]},{"__typename":"User","friends":[{"t":"User"},{"t":"User"}]}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := root()
			if test.change != nil {
				test.change(s)
			}
			if got := newStubServer(s).run(t, t.Context(), test.query, test.variables); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestMutationFieldsRunOneAfterTheOther(t *testing.T) {
	var log []string
	s := newStubServer(&stub{
		bump: func(_ context.Context, by int) (*model.Counter, error) {
			log = append(log, "bump")
			return &model.Counter{Value: by}, nil
		},
		count: forEach(func(c *model.Counter) *model.User {
			log = append(log, "user")
			return people("u")[0]
		}),
	})
	got := s.run(t, t.Context(), `mutation { b: bump(by: 2) { user { id } } a: bump(by: 1) { value user { id } } c: bump(by: 3) { value } }`, nil)
	if want := `{"data":{"b":{"user":{"id":"u"}},"a":{"value":1,"user":{"id":"u"}},"c":{"value":3}}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if want := strings.Fields("bump user bump user bump"); !slices.Equal(log, want) {
		t.Errorf("got %v, want %v", log, want)
	}
}

// stranger is a node that the schema does not know.
type stranger struct{}

func (stranger) IsNode() {}
