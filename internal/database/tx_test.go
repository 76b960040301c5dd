package database_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/statement"
)

// countUsers counts as a reading statement does.
func countUsers(ctx context.Context, t *testing.T, db *database.Database) (n int) {
	t.Helper()
	rows, err := db.Query(ctx, database.Read{SQL: "SELECT count(*) FROM users"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWithTx(t *testing.T) {
	broken := errors.New("broken")
	eachStore(t, func(t *testing.T, db *database.Database) {
		t.Run("OK", func(t *testing.T) {
			err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				newUser(t, tx.User, "kept")
				if in, out := countUsers(ctx, t, db), countUsers(t.Context(), t, db); in != 1 || out != 0 {
					t.Errorf("%d users inside, %d outside; want 1 and 0", in, out)
				}
				return nil
			})
			if n := countUsers(t.Context(), t, db); err != nil || n != 1 {
				t.Errorf("%d users, %v; want the one written", n, err)
			}
		})
		t.Run("Error", func(t *testing.T) {
			err := db.WithTx(t.Context(), func(_ context.Context, tx *ent.Tx) error {
				newUser(t, tx.User, "lost")
				return broken
			})
			if n := countUsers(t.Context(), t, db); err != broken || n != 1 {
				t.Errorf("%d users, error %v; want 1 and the function's own error", n, err)
			}
		})
		t.Run("Panic", func(t *testing.T) {
			func() {
				defer func() {
					if v := recover(); v != broken {
						t.Errorf("recovered %v, want what was thrown", v)
					}
				}()
				_ = db.WithTx(t.Context(), func(_ context.Context, tx *ent.Tx) error {
					newUser(t, tx.User, "lost")
					panic(broken)
				})
			}()
			if n := countUsers(t.Context(), t, db); n != 1 {
				t.Errorf("%d users, want 1", n)
			}
		})
		t.Run("Joined", func(t *testing.T) {
			err := db.WithTx(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
				if err := db.WithTx(ctx, func(_ context.Context, tx *ent.Tx) error {
					newUser(t, tx.User, "lost")
					return nil
				}); err != nil {
					t.Error(err)
				}
				return broken
			})
			if n := countUsers(t.Context(), t, db); err != broken || n != 1 {
				t.Errorf("%d users, error %v; want 1 and the outer function's error", n, err)
			}
		})
		t.Run("Cancelled", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.WithTx(ctx, func(_ context.Context, tx *ent.Tx) error {
				newUser(t, tx.User, "lost")
				cancel()
				return nil
			})
			if n := countUsers(t.Context(), t, db); !errors.Is(err, context.Canceled) || n != 1 {
				t.Errorf("%d users, error %v; want 1 and a cancelled context", n, err)
			}
		})
	})
}

// A transaction that reads before it writes is where SQLite's locks fail
// without care.
// TestContextOutlivesItsTransaction reads and writes with the context of a
// transaction that has ended, as what comes after a directive may.
func TestContextOutlivesItsTransaction(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		var after context.Context
		for name, failure := range map[string]error{"committed": nil, "rolled back": errors.New("broken")} {
			before := countUsers(t.Context(), t, db)
			err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				after = ctx
				return failure
			})
			if !errors.Is(err, failure) {
				t.Fatal(err)
			}
			err = db.WithTx(after, func(_ context.Context, tx *ent.Tx) error {
				newUser(t, tx.User, name)
				return nil
			})
			if err != nil {
				t.Errorf("write after one that was %s: %v", name, err)
			}
			if n := countUsers(after, t, db); n != before+1 {
				t.Errorf("after one that was %s there are %d users, want %d", name, n, before+1)
			}
		}
	})
}

func TestConcurrentTransactions(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		const workers, each = 8, 10
		u := newUser(t, db.Client().User, "counted")
		p := newPost(t, db, u)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					err := db.WithTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
						if _, err := tx.Post.Query().All(ctx); err != nil {
							return err
						}
						return tx.Post.UpdateOneID(p.ID).AddScore(1).Exec(ctx)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		got, err := db.Client().Post.Get(t.Context(), p.ID)
		if err != nil || got.Score != p.Score+workers*each {
			t.Errorf("score %d, %v; want %d", got.Score, err, p.Score+workers*each)
		}
	})
}

func TestEntStatementsAreReported(t *testing.T) {
	eachStore(t, func(t *testing.T, db *database.Database) {
		recorder := &statement.Recorder{Keep: true}
		ctx := database.NameStatements(statement.NewContext(t.Context(), recorder), "signUp")
		err := db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			for _, name := range []string{"ada", "bob"} {
				if err := tx.User.Create().SetUsername(name).SetUsernameKey(name).Exec(ctx); err != nil {
					return err
				}
			}
			if _, err := tx.User.Query().All(ctx); err != nil {
				return err
			}
			_, err := tx.User.Update().SetBio("new").Save(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Client().User.Query().All(database.NameStatements(ctx, "users")); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Client().ExecContext(ctx, "UPDATE users SET bio = ''"); err != nil {
			t.Fatal(err)
		}
		type short struct {
			Loader string
			Rows   int
		}
		var got []short
		for _, s := range recorder.Statements() {
			got = append(got, short{s.Loader, s.Rows})
		}
		want := []short{{"signUp", 1}, {"signUp", 1}, {"signUp", 2}, {"signUp", 2}, {"users", 2}, {"signUp", 2}}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
