package executor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/executor/internal/testschema/model"
)

const deep = `{ users { id friends { id partner { id posts { id author { id } } } } } }`

// family answers the fields of deep.
func family() *stub {
	return &stub{
		users:   func(context.Context) ([]*model.User, error) { return people("a", "b"), nil },
		friends: forEach(func(u *model.User) []*model.User { return people(u.ID+"1", u.ID+"2") }),
		partner: forEach(func(u *model.User) *model.User { return people(u.ID + "p")[0] }),
		boss:    forEach(func(u *model.User) *model.User { return people(u.ID + "b")[0] }),
		posts:   forEach(func(u *model.User) []*model.Post { return papers(u.ID + "/1") }),
		author:  forEach(func(p *model.Post) *model.User { return people(p.ID + "w")[0] }),
	}
}

func TestCancelledBetweenLevels(t *testing.T) {
	for level, name := range []string{"users", "friends", "partner", "posts"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			called := 0
			visit := func() {
				if called == level {
					cancel()
				}
				called++
			}
			s := family()
			s.users = func(context.Context) ([]*model.User, error) { visit(); return people("a", "b"), nil }
			s.friends = visiting(visit, s.friends)
			s.partner = visiting(visit, s.partner)
			s.posts = visiting(visit, s.posts)
			s.author = visiting(visit, s.author)
			got := newStubServer(s).run(t, ctx, deep, nil)
			if want := `{"errors":[{"message":"context canceled"}],"data":null}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if called != level+1 {
				t.Errorf("%d levels ran, want %d", called, level+1)
			}
		})
	}
}

func visiting[P, R any](visit func(), next func(context.Context, []P) ([]R, error)) func(context.Context, []P) ([]R, error) {
	return func(ctx context.Context, objs []P) ([]R, error) {
		visit()
		return next(ctx, objs)
	}
}

func TestPanicHarmsNobodyElse(t *testing.T) {
	s := family()
	s.partner = func(context.Context, []*model.User) ([]*model.User, error) { panic("oh") }
	server := newStubServer(s)
	got := server.run(t, t.Context(), `{ users { name partner { id } friends { id } } }`, nil)
	want := `{"errors":[{"message":"recovered: oh","path":["users",0,"partner"]},{"message":"recovered: oh","path":["users",1,"partner"]}],` +
		`"data":{"users":[{"name":"a","partner":null,"friends":[{"id":"a1"},{"id":"a2"}]},{"name":"b","partner":null,"friends":[{"id":"b1"},{"id":"b2"}]}]}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if server.recovered != 1 {
		t.Errorf("recovered %d times, want once", server.recovered)
	}
}

func TestWrongNumberOfResults(t *testing.T) {
	for _, test := range []struct {
		name    string
		results []*model.User
		err     error
		what    string
	}{
		{name: "TooFew", results: people("x"), what: "1 results"},
		{name: "TooMany", results: people("x", "y", "z"), what: "3 results"},
		{name: "None", what: "0 results"},
		{name: "TooFewErrors", results: people("x", "y"), err: graphql.BatchErrorList{nil}, what: "1 errors"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := family()
			s.partner = func(context.Context, []*model.User) ([]*model.User, error) { return test.results, test.err }
			got := newStubServer(s).run(t, t.Context(), `{ users { id partner { id } } }`, nil)
			message := `{"message":"index %d: batch resolver User.partner returned ` + test.what + ` for 2 parents","path":["users",%[1]d,"partner"]}`
			want := `{"errors":[` + fmt.Sprintf(message, 0) + `,` + fmt.Sprintf(message, 1) + `],` +
				`"data":{"users":[{"id":"a","partner":null},{"id":"b","partner":null}]}}`
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestSharedErrorKeepsItsPaths returns the same error value for several objects.
func TestSharedErrorKeepsItsPaths(t *testing.T) {
	shared := &gqlerror.Error{Message: "shared", Extensions: map[string]any{"code": "X"}}
	s := family()
	s.partner = func(context.Context, []*model.User) ([]*model.User, error) { return nil, shared }
	got := newStubServer(s).run(t, t.Context(), `{ users { partner { id } } }`, nil)
	for _, path := range []string{`["users",0,"partner"]`, `["users",1,"partner"]`} {
		if !strings.Contains(got, `"message":"shared","path":`+path+`,"extensions":{"code":"X"}`) {
			t.Errorf("no error at %s in %s", path, got)
		}
	}
}

// TestResultsAreNotMixedUp names each object after its parent, with nulls and lists of all lengths, and checks that each is in the right
// place.
func TestResultsAreNotMixedUp(t *testing.T) {
	ids := func(of string, n int) []string {
		list := make([]string, n)
		for i := range list {
			if (len(of)+i)%5 != 0 {
				list[i] = fmt.Sprintf("%s.%d", of, i)
			}
		}
		return list
	}
	var whole []string
	for i := range 50 {
		whole = append(whole, strconv.Itoa(i))
	}
	s := family()
	s.users = func(context.Context) ([]*model.User, error) { return people(whole...), nil }
	s.friends = forEach(func(u *model.User) []*model.User {
		full := slicesWithout(ids(u.ID, len(u.ID)*3%7))
		return people(full...)
	})
	s.partner = forEach(func(u *model.User) *model.User {
		if len(u.ID)%3 == 0 {
			return nil
		}
		return people(u.ID + ".p")[0]
	})
	answer := newStubServer(s).run(t, t.Context(), `{ users { id friends { id friends { id partner { id } } partner { id friends { id } } } } }`, nil)
	var tree struct{ Data struct{ Users []*person } }
	if err := json.Unmarshal([]byte(answer), &tree); err != nil {
		t.Fatal(err)
	}
	seen := 0
	var check func(p *person)
	check = func(p *person) {
		for _, child := range append(p.Friends, p.Partner) {
			if child == nil {
				continue
			}
			if seen++; !strings.HasPrefix(child.ID, p.ID+".") {
				t.Errorf("%s is below %s", child.ID, p.ID)
			}
			check(child)
		}
	}
	for i, p := range tree.Data.Users {
		if p.ID != whole[i] {
			t.Errorf("user %d is %s", i, p.ID)
		}
		check(p)
	}
	if seen < 1000 {
		t.Errorf("only %d objects", seen)
	}
}

type person struct {
	ID      string
	Friends []*person
	Partner *person
}

func slicesWithout(ids []string) []string {
	var kept []string
	for _, id := range ids {
		if id != "" {
			kept = append(kept, id)
		}
	}
	return kept
}

func TestEachLevelIsOneCall(t *testing.T) {
	var mu sync.Mutex
	calls := map[string][]int{}
	note := func(field string, n int) {
		mu.Lock()
		defer mu.Unlock()
		calls[field] = append(calls[field], n)
	}
	s := family()
	friends, partner, posts, author := s.friends, s.partner, s.posts, s.author
	s.friends = func(ctx context.Context, objs []*model.User) ([][]*model.User, error) {
		note("friends", len(objs))
		return friends(ctx, objs)
	}
	s.partner = func(ctx context.Context, objs []*model.User) ([]*model.User, error) {
		note("partner", len(objs))
		return partner(ctx, objs)
	}
	s.posts = func(ctx context.Context, objs []*model.User) ([][]*model.Post, error) {
		note("posts", len(objs))
		return posts(ctx, objs)
	}
	s.author = func(ctx context.Context, objs []*model.Post) ([]*model.User, error) {
		note("author", len(objs))
		return author(ctx, objs)
	}
	newStubServer(s).run(t, t.Context(), deep, nil)
	if got, want := fmt.Sprint(calls), "map[author:[4] friends:[2] partner:[4] posts:[4]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMemoryOfALargeAnswer executes a list of 100,000 objects.
func TestMemoryOfALargeAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("allocates much")
	}
	users := make([]*model.User, 100_000)
	for i := range users {
		users[i] = people(fmt.Sprintf("user number %d", i))[0]
	}
	s := newStubServer(&stub{users: func(context.Context) ([]*model.User, error) { return users, nil }})
	query := `{ users { id name age tags profile { bio } } }`
	size := 0
	for range 3 { // the plan is kept from the second run on, and the buffer gets the size of earlier answers
		size = len(s.run(t, t.Context(), query, nil))
	}
	var before, after runtime.MemStats
	oc, errs := s.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: query})
	if errs != nil {
		t.Fatal(errs)
	}
	runtime.ReadMemStats(&before)
	next, ctx := s.DispatchOperation(t.Context(), oc)
	response := next(ctx)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(2*size) {
		t.Errorf("allocated %d bytes for an answer of %d", used, len(response.Data))
	}
}
