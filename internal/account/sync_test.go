package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/dbtest"
)

// TestRevocationHeardBeforeItIsSeen tells an instance of a revocation that it
// cannot read yet, as the log does of each commit that waits for a standby.
func TestRevocationHeardBeforeItIsSeen(t *testing.T) {
	b := setup(t, dbtest.Open(t, "postgres"))
	other := b.instance()
	token := b.signUp("ada").AccessToken
	v, err := other.verifier.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changed := make(chan uint32)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		other.Run(ctx, time.Hour, changed, func(err error) { t.Error(err) })
	}()
	defer func() { cancel(); <-ended }()

	tx, err := b.db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	xid := revoke(t, tx, v)
	changed <- xid
	changed <- xid // so the first has been looked for
	if _, err := other.verifier.Verify(t.Context(), token); err != nil {
		t.Fatalf("before the commit: %v", err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); err == nil && time.Now().Before(deadline); {
		_, err = other.verifier.Verify(t.Context(), token)
	}
	b.wantCode("a token revoked by another instance", err, apperr.Unauthenticated)
}

// revoke writes a revocation and returns its transaction's id.
func revoke(t *testing.T, tx pgx.Tx, v auth.Viewer) (xid uint32) {
	t.Helper()
	err := tx.QueryRow(t.Context(), "INSERT INTO revocations (id, created_at) VALUES ($1, $2) RETURNING (pg_current_xact_id()::text::bigint % 4294967296)",
		v.Credential, schema.Now()).Scan(&xid)
	if err != nil {
		t.Fatal(err)
	}
	return xid
}
