package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/idempotencykey"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// Life is how long a key is remembered.
const Life = 24 * time.Hour

// Store keeps keys in the database, with what was answered.
type Store struct {
	db  *database.Database
	now func() time.Time
}

// New returns the store of a database. now is the clock, in UTC and whole
// microseconds; nil is the usual one.
func New(db *database.Database, now func() time.Time) *Store {
	if now == nil {
		now = schema.Now
	}
	return &Store{db: db, now: now}
}

// Once runs the root field with this response name for a user: do, the first
// time, and again with what do returned then. do and what is kept of it are one
// transaction, so that there is not the one without the other; a failure is not
// kept. A field that runs at the same time under the same key is waited for.
// Another input under the key is a CONFLICT.
func (s *Store) Once(
	ctx context.Context, r *Request, user typeid.User, field string,
	do func(ctx context.Context) ([]byte, error), again func(ctx context.Context, kept []byte) error,
) error {
	id := r.id(user, field)
	// The transaction finds its own row when it is repeated.
	return s.db.WithTx(database.Repeatable(ctx), func(ctx context.Context, tx *ent.Tx) error {
		own := database.NameStatements(ctx, "idempotencyKey")
		fresh, err := s.claim(own, tx, id, user, r.input)
		if err != nil {
			return fmt.Errorf("claim idempotency key: %w", err)
		}
		if !fresh {
			known, err := tx.IdempotencyKey.Get(own, id)
			if err != nil {
				return fmt.Errorf("read idempotency key: %w", err)
			}
			if !bytes.Equal(known.Input, r.input) {
				return apperr.New(apperr.Conflict, "another input was sent under this %s: take a new key for each change", Header)
			}
			return again(ctx, known.Answer)
		}
		answer, err := do(ctx)
		if err != nil {
			return err
		}
		query, args := entsql.Dialect(s.db.Dialect()).Update(idempotencykey.Table).
			Set(idempotencykey.FieldAnswer, answer).Where(entsql.EQ(idempotencykey.FieldID, id)).Query()
		_, err = tx.ExecContext(database.Queue(own), query, args...)
		return err
	})
}

// claim writes the row of a key, unless there is one that has not expired.
func (s *Store) claim(ctx context.Context, tx *ent.Tx, id uuid.UUID, user typeid.User, input []byte) (fresh bool, err error) {
	now := s.now()
	values := []string{idempotencykey.FieldInput, idempotencykey.FieldAnswer, idempotencykey.FieldCreatedAt}
	query, args := entsql.Dialect(s.db.Dialect()).Insert(idempotencykey.Table).
		Columns(append(values, idempotencykey.FieldID, idempotencykey.FieldUserID)...).
		Values(input, []byte{}, now, id, user).
		OnConflict(
			entsql.ConflictColumns(idempotencykey.FieldID),
			entsql.ResolveWith(func(u *entsql.UpdateSet) {
				for _, column := range values {
					u.SetExcluded(column)
				}
			}),
			entsql.UpdateWhere(entsql.P(func(b *entsql.Builder) {
				b.Ident(idempotencykey.FieldCreatedAt).WriteOp(entsql.OpLT).Arg(now.Add(-Life))
			})),
		).Query()
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// id is what a root field is kept under: by user and key, so that nobody finds
// what another user has.
func (r *Request) id(user typeid.User, field string) uuid.UUID {
	hash := sha256.New()
	u := user.UUID()
	hash.Write(u[:])
	hash.Write(binary.BigEndian.AppendUint32(nil, uint32(r.places[field])))
	hash.Write([]byte(r.key))
	return uuid.UUID(hash.Sum(nil)[:16])
}

const (
	// portion bounds the rows that one transaction deletes.
	portion = 1_000
	// cleanEvery is how often expired keys are deleted.
	cleanEvery = 10 * time.Minute
)

// Clean deletes keys that have expired, in portions, and returns how many.
func (s *Store) Clean(ctx context.Context) (int, error) {
	ctx = database.NameStatements(ctx, "clean")
	for total := 0; ; {
		var n int
		err := s.db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			query := tx.IdempotencyKey.Query().Where(idempotencykey.CreatedAtLT(s.now().Add(-Life))).
				Order(idempotencykey.ByCreatedAt()).Limit(portion)
			if s.db.Dialect() == dialect.Postgres {
				// Another instance cleans too, or renews one of them.
				query = query.ForUpdate(entsql.WithLockAction(entsql.SkipLocked))
			}
			expired, err := query.IDs(ctx)
			if err != nil || len(expired) == 0 {
				n = 0
				return err
			}
			n, err = tx.IdempotencyKey.Delete().Where(idempotencykey.IDIn(expired...)).Exec(ctx)
			return err
		})
		total += n
		if err != nil {
			return total, fmt.Errorf("clean idempotency keys: %w", err)
		}
		if n < portion {
			return total, nil
		}
	}
}

// Run calls Clean every ten minutes until ctx ends. report gets what goes
// wrong.
func (s *Store) Run(ctx context.Context, report func(error)) {
	ticker := time.NewTicker(cleanEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := s.Clean(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}
