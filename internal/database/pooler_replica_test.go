package database_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/replica"
	"github.com/weftql/weft/internal/statement"
)

// pooled is a primary and a standby, each behind a pooler of its own.
type pooled struct {
	cluster *dbtest.Cluster
	standby *dbtest.Node
	db      *database.Database
	users   int
}

func newPooled(t *testing.T) *pooled {
	t.Helper()
	cluster := dbtest.Private(t)
	link := cluster.NewDatabase(t)
	if _, err := dbtest.OpenURL(t, link).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := &pooled{cluster: cluster, standby: cluster.Standbys(t, 1)[0]}
	name := dbtest.NameOf(link)
	db, err := database.Open(t.Context(), database.Options{
		URL: dbtest.NewPooler(t, cluster.Node).URL(name), ReplicaURLs: []string{dbtest.NewPooler(t, p.standby).URL(name)},
		Pooler: true, DirectURL: link, MaxConns: 8,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	p.db = db
	p.serves(t)
	return p
}

func (p *pooled) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) { //nolint:forbidigo // servers are asked in the background
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s: %+v", what, p.db.Servers())
		}
	}
}

func (p *pooled) serves(t *testing.T) {
	t.Helper()
	p.until(t, "the standby serves", func() bool {
		s := p.db.Servers()[1]
		return s.Standby && s.Fault == "" && s.Behind < time.Second
	})
}

// read counts the users in an operation, as a loader and as the ent client, and
// reports whether a standby answered.
func (p *pooled) read(t *testing.T, want func(*replica.Reading)) (standby bool) {
	t.Helper()
	recorder := &statement.Recorder{Keep: true}
	var reading replica.Reading
	want(&reading)
	ctx := replica.NewContext(statement.NewContext(t.Context(), recorder), &reading)
	var users int
	count := func() error {
		rows, err := p.db.Query(ctx, database.Read{
			SQL: "SELECT pg_is_in_recovery(), count(*) FROM users WHERE username_key <> $1", Args: []any{"nobody"},
		})
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&standby, &users); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	err := count()
	if database.IsMoved(err) {
		err = count()
	}
	if err != nil {
		t.Fatalf("a read failed: %v", err)
	}
	again, err := p.db.Client().User.Query().Count(ctx)
	if err != nil || users != p.users || again != p.users {
		t.Fatalf("%d and %d users are seen, want %d: %v", users, again, p.users, err)
	}
	all := recorder.Statements()
	if last := all[len(all)-2]; (last.Database != "primary") != standby {
		t.Errorf("a standby answered: %t, but it is said to be %s: %s", standby, last.Database, last.Reason)
	}
	return standby
}

// add makes a user. If the outcome of a former attempt was unknown, the name tells.
func (p *pooled) add(t *testing.T) error {
	t.Helper()
	name := fmt.Sprint("user", p.users)
	err := p.db.Client().User.Create().SetUsername(name).SetUsernameKey(name).Exec(t.Context())
	if err == nil || database.IsUnique(err, "") {
		p.users++
		return nil
	}
	return err
}

// TestReplicaBehindPooler reads a standby through its pooler.
func TestReplicaBehindPooler(t *testing.T) {
	t.Parallel()
	p := newPooled(t)
	anywhere, fresh := (*replica.Reading).Anywhere, (*replica.Reading).Fresh
	p.until(t, "a stranger reads the standby", func() bool { return p.read(t, anywhere) })
	for what, want := range map[string]func(*replica.Reading){
		"a signed-in reader": fresh,
		"a reader with a token": func(r *replica.Reading) {
			at, err := p.db.Latest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r.From(at)
		},
	} {
		p.until(t, what+" sees its write on the standby", func() bool {
			if err := p.add(t); err != nil {
				t.Fatal(err)
			}
			return p.read(t, want)
		})
	}
	if p.read(t, func(*replica.Reading) {}) {
		t.Error("an operation of unknown intent reads a standby")
	}
	found := p.db.Examine(t.Context())
	poolers := 0
	for _, f := range found {
		if f.Wrong {
			t.Errorf("%s: %s", f.Server, f.Text)
		}
		if strings.Contains(f.Text, "as WEFT_DATABASE_POOLER says") {
			poolers++
		}
	}
	if poolers != 2 {
		t.Errorf("%d poolers are found: %+v", poolers, found)
	}
}

// TestFailoverBehindPoolers loses the standby, gets it back, and then loses the
// primary.
func TestFailoverBehindPoolers(t *testing.T) {
	t.Parallel()
	p := newPooled(t)
	p.cluster.Synchronous(t, p.standby) // what is promoted has all that was acknowledged
	fresh := (*replica.Reading).Fresh
	p.until(t, "the standby is read", func() bool {
		if err := p.add(t); err != nil {
			t.Fatal(err)
		}
		return p.read(t, fresh)
	})
	p.cluster.Synchronous(t)
	p.standby.Kill(t)
	p.until(t, "the dead standby is known", func() bool {
		if p.read(t, fresh) {
			t.Error("it goes on to answer")
		}
		return p.db.Servers()[1].Fault != ""
	})
	p.standby.Start(t)
	p.serves(t)
	p.until(t, "it is read again", func() bool { return p.read(t, fresh) })

	p.cluster.Synchronous(t, p.standby)
	if err := p.add(t); err != nil {
		t.Fatal(err)
	}
	p.until(t, "the standby has replayed all", func() bool { return p.read(t, fresh) })
	p.cluster.Kill(t)
	p.until(t, "reads go on without a primary", func() bool { return p.read(t, fresh) })
	p.standby.Promote(t)
	p.until(t, "the new primary takes writes", func() bool { return p.add(t) == nil })
	p.read(t, fresh)
	if s := p.db.Servers()[1]; s.Standby || s.Fault != "" {
		t.Errorf("it is not the primary: %+v", s)
	}
}
