package loader_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/graph/loader"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/depend"
	"github.com/weftql/weft/internal/query"
	"github.com/weftql/weft/internal/row"
	"github.com/weftql/weft/internal/statement"
)

// shelf keeps rows in a map, whatever changes.
type shelf struct {
	stale bool // the rows are not new enough
	full  bool // it takes no more
	mu    sync.Mutex
	rows  map[query.Key]any
	lists map[onShelf]any
}

// onShelf is a list below a parent.
type onShelf struct {
	list   any
	parent query.Key
}

func (s *shelf) Usable(context.Context) bool { return !s.stale }
func (s *shelf) Start(context.Context) bool  { return !s.full }

func (s *shelf) Find(_ context.Context, _ *row.Codec, ids []query.Key, _ query.Columns) (found []any, shared int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		found = append(found, s.rows[id])
	}
	return found, 0
}

func (s *shelf) Put(_ context.Context, _ *row.Codec, id query.Key, v any, _ query.Columns, _ int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[id] = v
}

func (s *shelf) GetList(list any, parent query.Key) (any, depend.Noted, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.lists[onShelf{list, parent}]
	return v, depend.Noted{}, ok
}

func (s *shelf) Keeper(_ context.Context, list any) func(query.Key, any, depend.Noted, int) {
	return func(parent query.Key, v any, _ depend.Noted, _ int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.lists == nil {
			s.lists = map[onShelf]any{}
		}
		s.lists[onShelf{list, parent}] = v
	}
}

func (s *shelf) titles() map[query.Key]string {
	all := map[query.Key]string{}
	for id, v := range s.rows {
		all[id] = title(v.(*ent.Post))
	}
	return all
}

// TestKeptRows wants rows that are kept to be left out of the statement, and
// those that everybody sees to be kept.
func TestKeptRows(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		kept := "as it was kept"
		all := []query.Key{key(s.hops), {15: 1}, key(s.malt), key(s.off)}
		hit := map[query.Key]any{key(s.malt): &ent.Post{ID: s.malt.ID, Title: &kept}}
		for name, tt := range map[string]struct {
			before   map[query.Key]any
			stale    bool
			full     bool
			keys     []query.Key
			want     string
			searched int // keys of the statement; 0: there is none
			hits     int
			after    map[query.Key]string
		}{
			"empty":       {nil, false, false, all, "[Hops - Malt Off]", 4, 0, map[query.Key]string{key(s.hops): "Hops", key(s.malt): "Malt"}},
			"one is kept": {hit, false, false, all, "[Hops - as it was kept Off]", 3, 1, map[query.Key]string{key(s.hops): "Hops", key(s.malt): kept}},
			"all is kept": {hit, false, false, all[2:3], "[as it was kept]", 0, 1, map[query.Key]string{key(s.malt): kept}},
			"too old":     {hit, true, false, all, "[Hops - Malt Off]", 4, 0, map[query.Key]string{key(s.malt): kept}},
			"takes none":  {hit, false, true, all, "[Hops - as it was kept Off]", 3, 1, map[query.Key]string{key(s.malt): kept}},
		} {
			t.Run(name, func(t *testing.T) {
				rows := &shelf{stale: tt.stale, full: tt.full, rows: map[query.Key]any{}}
				maps.Copy(rows.rows, tt.before)
				ctx, recorder := reading(t.Context(), loader.New(query.New(db, viewer(s.bob))).Keeping(rows))
				found, err := loader.ByID(ctx, query.Posts, tt.keys, table.PostTitle)
				if got := fmt.Sprint(each(found, title)); err != nil || got != tt.want {
					t.Errorf("got %s, error %v, want %s", got, err, tt.want)
				}
				ran, noted := recorder.Take()
				searched := 0
				for _, r := range ran {
					searched += r.Keys
				}
				if searched != tt.searched || len(ran) > 1 {
					t.Errorf("read %d keys by %d statements, want %d keys", searched, len(ran), tt.searched)
				}
				want := []statement.Kept{{Loader: "PostByID", Keys: len(tt.keys), Hits: tt.hits}}
				if tt.stale {
					want = nil
				}
				if diff := cmp.Diff(want, noted); diff != "" {
					t.Errorf("noted (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.after, rows.titles()); diff != "" {
					t.Errorf("kept afterwards (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// TestKeptRowIsOwn changes a row that a loader returned: the one that is kept
// stays as it is, and has the columns that other fields may want.
func TestKeptRowIsOwn(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		s := newSite(t, db)
		rows := &shelf{rows: map[query.Key]any{}}
		ctx, _ := reading(t.Context(), loader.New(query.New(db, viewer(s.ada))).Keeping(rows))
		found, err := loader.ByID(ctx, query.Posts, []query.Key{key(s.hops)}, table.PostTitle)
		if err != nil {
			t.Fatal(err)
		}
		*found[0].Title, found[0].Score = "Changed", 99
		kept, ok := rows.rows[key(s.hops)].(*ent.Post)
		if !ok || title(kept) != "Hops" || kept.Score != 0 || kept.Excerpt != s.hops.Excerpt {
			t.Errorf("kept %+v", kept)
		}
	})
}
