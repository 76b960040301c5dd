package loader

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/internal/page"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/statement"
)

// asked is a way to load that answers with the keys in capitals, and notes for
// which keys it was called.
type asked struct {
	mu    sync.Mutex
	calls []string
	fails error
}

func (a *asked) load(_ context.Context, keys *query.Keys) ([]string, error) {
	values := make([]string, keys.Len())
	var all []string
	for i, k := range keys.All() {
		values[i] = strings.ToUpper(string(k[:1]))
		all = append(all, string(k[:1]))
	}
	slices.Sort(all)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, strings.Join(all, ""))
	return values, a.fails
}

// keysOf returns one key for each letter.
func keysOf(letters string) []query.Key {
	var keys []query.Key
	for _, letter := range letters {
		keys = append(keys, query.Key{byte(letter)})
	}
	return keys
}

// field is one field of a level: the loader that it asks, and for which keys.
type field struct {
	identity
	keys string
}

// level has all fields ask at once, and returns what each of them got.
func level(t *testing.T, l *Loaders, load fetch[string], fields ...field) (answers []string, errs []error) {
	t.Helper()
	answers, errs = make([]string, len(fields)), make([]error, len(fields))
	var all sync.WaitGroup
	for i, f := range fields {
		all.Go(func() {
			values, err := get(t.Context(), l, keysOf(f.keys), f.identity, load)
			answers[i], errs[i] = strings.Join(values, ""), err
		})
	}
	all.Wait()
	return answers, errs
}

func TestFieldsOfALevelLoadTogether(t *testing.T) {
	users := identity{name: "users", columns: 1}
	for name, tt := range map[string]struct {
		fields []field
		calls  []string
	}{
		"each key once":      {[]field{{users, "ab"}, {users, "bca"}, {users, "c"}}, []string{"abc"}},
		"twice in one field": {[]field{{users, "aba"}}, []string{"ab"}},
		"many keys":          {[]field{{users, "abcdefghijkl"}, {users, "lkjihgfedcba"}}, []string{"abcdefghijkl"}},
		"no keys":            {[]field{{users, ""}}, nil},
		"other columns":      {[]field{{users, "a"}, {identity{name: "users", columns: 2}, "a"}}, []string{"a", "a"}},
		"other pages": {[]field{{users, "a"}, {identity{name: "users", columns: 1, page: page.Page{Size: 3}}, "b"}},
			[]string{"a", "b"}},
		"other lists": {[]field{
			{identity{name: "users", list: query.PostList{Statuses: query.Draft}}, "a"},
			{identity{name: "users", list: query.PostList{Statuses: query.Archived}}, "b"},
			{identity{name: "users", list: query.PostList{Statuses: query.Draft}}, "c"},
		}, []string{"ac", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var a asked
				answers, errs := level(t, New(nil), a.load, tt.fields...)
				for i, f := range tt.fields {
					if want := strings.ToUpper(f.keys); errs[i] != nil || answers[i] != want {
						t.Errorf("field %d got %q, error %v, want %q", i, answers[i], errs[i], want)
					}
				}
				slices.Sort(a.calls)
				if diff := cmp.Diff(tt.calls, a.calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestNothingIsRemembered has a lower level ask for what a higher one loaded:
// the number of statements depends on the document alone.
func TestNothingIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a asked
		l, users := New(nil), identity{name: "users"}
		for range 2 {
			level(t, l, a.load, field{users, "ab"})
		}
		if diff := cmp.Diff([]string{"ab", "ab"}, a.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestErrorReachesEachField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := asked{fails: errors.New("the database is away")}
		l, users := New(nil), identity{name: "users"}
		_, errs := level(t, l, a.load, field{users, "a"}, field{users, "b"}, field{users, "ab"})
		for i, err := range errs {
			if !errors.Is(err, a.fails) {
				t.Errorf("field %d got error %v", i, err)
			}
		}
		a.fails = nil
		if answers, errs := level(t, l, a.load, field{users, "a"}); errs[0] != nil || answers[0] != "A" {
			t.Errorf("afterwards: %q, error %v", answers[0], errs[0])
		}
	})
}

// TestPlaces wants GraphQL-Explain to name all the fields that a statement is
// for.
func TestPlaces(t *testing.T) {
	type pathKey struct{}
	synctest.Test(t, func(t *testing.T) {
		l := New(nil).Placing(func(ctx context.Context) (statement.Place, bool) {
			path, ok := ctx.Value(pathKey{}).(string)
			return statement.Place{Path: path, Level: len(path)}, ok
		})
		recorder := &statement.Recorder{Keep: true}
		var paths []string
		load := func(ctx context.Context, keys *query.Keys) ([]string, error) { //nolint:unparam // it is a loader
			_, paths = recorder.Where(ctx)
			return make([]string, keys.Len()), nil
		}
		var all sync.WaitGroup
		for _, path := range []string{"a.b", "a.c", ""} {
			all.Go(func() {
				ctx := t.Context()
				if path != "" {
					ctx = context.WithValue(ctx, pathKey{}, path)
				}
				if _, err := get(ctx, l, keysOf("a"), identity{}, load); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if diff := cmp.Diff([]string{"a.b", "a.c"}, paths); diff != "" {
			t.Errorf("paths (-want +got):\n%s", diff)
		}
	})
}
