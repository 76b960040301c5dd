package account_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/auth/refresh"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/refreshtoken"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

func TestFiftyRacingRefreshesGiveOneSuccessor(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		up := b.signUp("ada")
		const n = 50
		tokens := make([]string, n)
		var wait sync.WaitGroup
		for i := range n {
			wait.Go(func() {
				grant, err := b.Refresh(t.Context(), up.RefreshToken)
				if err != nil {
					t.Error(err)
					return
				}
				tokens[i] = grant.RefreshToken
			})
		}
		wait.Wait()
		for _, token := range tokens {
			if token != tokens[0] || token == up.RefreshToken {
				t.Fatalf("%d racing uses gave different successors: %q", n, tokens)
			}
		}
		if stored := db.Client().RefreshToken.Query().CountX(t.Context()); stored != 2 {
			t.Errorf("%d tokens are stored, want the first and its successor", stored)
		}
		if _, err := b.Refresh(t.Context(), tokens[0]); err != nil {
			t.Errorf("the successor: %v", err)
		}
	})
}

func TestReplayEndsTheSession(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		first := b.signUp("ada")
		other, err := b.SignIn(t.Context(), "ada", secret)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.Refresh(t.Context(), first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(refresh.Grace)
		if again, err := b.Refresh(t.Context(), first.RefreshToken); err != nil || again.RefreshToken != second.RefreshToken {
			t.Errorf("a use at the end of the window: %v", err)
		}
		ctx := b.as(second.AccessToken)
		b.now = b.now.Add(time.Microsecond)
		_, err = b.Refresh(t.Context(), first.RefreshToken)
		b.wantCode("replay", err, apperr.Unauthenticated)
		_, err = b.Refresh(t.Context(), second.RefreshToken)
		b.wantCode("the newest token after a replay", err, apperr.Unauthenticated)
		b.wantCode("a mutation after a replay", b.confirm(ctx), apperr.Unauthenticated)
		_, err = b.verifier.Verify(t.Context(), second.AccessToken)
		b.wantCode("a query after a replay", err, apperr.Unauthenticated)
		if _, err := b.Refresh(t.Context(), other.RefreshToken); err != nil {
			t.Errorf("another session: %v", err)
		}
		for range 3 {
			_, err = b.Refresh(t.Context(), first.RefreshToken)
			b.wantCode("another replay", err, apperr.Unauthenticated)
		}
		n := db.Client().AuditEvent.Query().Where(auditevent.ActionEQ(auditevent.ActionREFRESH_REPLAYED)).CountX(t.Context())
		if n != 1 {
			t.Errorf("the replay is audited %d times", n)
		}
	})
}

func TestRefreshTokensExpire(t *testing.T) {
	b := setup(t, dbtest.Open(t, "sqlite"))
	up := b.signUp("ada")
	b.now = b.now.Add(refresh.Life - time.Second)
	next, err := b.Refresh(t.Context(), up.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(refresh.Life)
	_, err = b.Refresh(t.Context(), next.RefreshToken)
	b.wantCode("expired", err, apperr.Unauthenticated)
	for _, bad := range []string{"", "x", refresh.New().Reveal(), up.AccessToken, strings.Repeat("a", 1<<20)} {
		_, err := b.Refresh(t.Context(), bad)
		b.wantCode("unknown token", err, apperr.Unauthenticated)
		if len(bad) > 30 && strings.Contains(err.Error(), bad[10:30]) {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
	b.now = b.now.Add(time.Second)
	if err := b.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.db.Client().RefreshToken.Query().CountX(t.Context()); n != 0 {
		t.Errorf("%d expired tokens are kept", n)
	}
}

// TestNothingUsableIsStored looks for tokens and passwords in every row, and
// tries what the rows hold as tokens.
func TestNothingUsableIsStored(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		up := b.signUp("ada")
		next, err := b.Refresh(t.Context(), up.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		var dump bytes.Buffer
		client := db.Client()
		for _, row := range client.RefreshToken.Query().AllX(t.Context()) {
			fmt.Fprintf(&dump, "%s %x\n", row.Hash, row.Hash)
			if row.Nonce != nil {
				fmt.Fprintf(&dump, "%s %x\n", *row.Nonce, *row.Nonce)
			}
		}
		for _, row := range client.Credential.Query().AllX(t.Context()) {
			dump.WriteString(row.PasswordHash)
		}
		for _, secret := range []string{secret, up.RefreshToken, next.RefreshToken, up.RefreshToken[8:], next.RefreshToken[8:]} {
			if strings.Contains(dump.String(), secret) {
				t.Errorf("the store holds %q", secret)
			}
		}
		// A nonce does without the token that was shown only as long as it is
		// needed.
		b.now = b.now.Add(refresh.Grace + time.Second)
		if _, err := b.Refresh(t.Context(), next.RefreshToken); err != nil {
			t.Fatal(err)
		}
		if n := client.RefreshToken.Query().Where(refreshtoken.NonceNotNil()).CountX(t.Context()); n != 1 {
			t.Errorf("%d nonces are kept", n)
		}
	})
}
