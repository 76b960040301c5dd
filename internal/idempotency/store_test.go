package idempotency

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestKeysExpire(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s := New(db, func() time.Time { return now })
		u, err := db.Client().User.Create().SetUsername("ada").SetUsernameKey("ada").Save(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		runs := 0
		once := func(key, input string) error {
			r := &Request{key: key, input: []byte(input), places: map[string]int{"f": 0}}
			return s.Once(t.Context(), r, u.ID, "f",
				func(context.Context) ([]byte, error) { runs++; return fmt.Append(nil, input), nil },
				func(_ context.Context, kept []byte) error {
					if string(kept) != input {
						t.Errorf("kept %q of %q", kept, input)
					}
					return nil
				})
		}
		steps := []struct {
			after time.Duration
			input string
			code  apperr.Code
			runs  int
		}{
			{0, "a", "", 1},
			{Life, "a", "", 1},
			{0, "b", apperr.Conflict, 1},
			{time.Microsecond, "b", "", 2}, // a day and a microsecond after the first
			{Life, "b", "", 2},
		}
		for i, step := range steps {
			now = now.Add(step.after)
			err := once("k", step.input)
			known, _ := errors.AsType[*apperr.Error](err)
			if (err != nil) != (step.code != "") || known != nil && known.Code != step.code || runs != step.runs {
				t.Errorf("step %d: %v after %d runs", i, err, runs)
			}
		}
		for i := range 2 * portion {
			if i%2 == 0 {
				continue
			}
			err := db.Client().IdempotencyKey.Create().SetID([16]byte{1, byte(i >> 8), byte(i)}).SetUserID(u.ID).
				SetInput([]byte("i")).SetAnswer([]byte("a")).SetCreatedAt(now.Add(-2 * Life)).Exec(t.Context())
			if err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Clean(t.Context()); n != portion || err != nil {
			t.Errorf("cleaned %d keys, %v", n, err)
		}
		if err := once("k", "b"); err != nil || runs != 2 {
			t.Errorf("the key that has not expired: %v after %d runs", err, runs)
		}
	})
}
