package consistency_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/graphtest"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// TestEntIsRouted reads and writes by the ent client.
func TestEntIsRouted(t *testing.T) {
	s := newTier(t)
	fixture := graphtest.NewFixture(t, s.DB)
	for i := range 50 {
		fixture.User(fmt.Sprint("reader", i), auth.RoleUser)
	}
	client := s.DB.Client()
	// ran runs fn in an operation and returns where its first statement ran.
	ran := func(anywhere bool, fn func(context.Context) error) string {
		t.Helper()
		recorder := &statement.Recorder{Keep: true}
		var reading replica.Reading
		if anywhere {
			reading.Anywhere()
		}
		if err := fn(replica.NewContext(statement.NewContext(t.Context(), recorder), &reading)); err != nil {
			t.Fatal(err)
		}
		return recorder.Statements()[0].Database
	}
	var found []*ent.User
	all := func(ctx context.Context) (err error) {
		found, err = client.User.Query().Order(user.ByUsername()).All(ctx)
		return err
	}
	if where := ran(false, all); where != "primary" {
		t.Errorf("a read of an operation that is not known to be a query ran on %s", where)
	}
	want := found
	s.until(t, "a standby has the users", func() bool { return ran(true, all) != "primary" && len(found) == len(want) })
	for i, u := range found {
		if w := want[i]; u.ID != w.ID || u.Username != w.Username || !u.CreatedAt.Equal(w.CreatedAt) || u.Role != w.Role || u.Name != w.Name {
			t.Errorf("a standby has %v, and the primary %v", u, w)
		}
	}
	for what, fn := range map[string]func(context.Context) error{
		"a locking read": func(ctx context.Context) error {
			_, err := client.User.Query().ForShare().Limit(1).All(ctx)
			return err
		},
		"a write": func(ctx context.Context) error {
			return client.User.UpdateOneID(want[0].ID).SetName("Another").Exec(ctx)
		},
	} {
		if where := ran(true, fn); where != "primary" {
			t.Errorf("%s ran on %s", what, where)
		}
	}
	// Standbys that break in the middle of a result: the primary answers, and no row
	// comes twice.
	for i := range 20 {
		for _, p := range s.proxies[1:] {
			p.CutAfter(200 + 400*i)
		}
		ran(true, all)
		if len(found) != len(want) {
			t.Fatalf("with standbys cut after %d bytes there are %d users, want %d", 200+400*i, len(found), len(want))
		}
		pause(t.Context(), 20*time.Millisecond)
	}
}
