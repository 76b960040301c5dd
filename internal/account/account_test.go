package account_test

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
)

const secret = "correct horse battery"

// bench is accounts with a clock of their own and the verifier that a server
// would have.
type bench struct {
	*account.Accounts
	t        *testing.T
	db       *database.Database
	verifier *access.Verifier
	options  access.Options
	now      time.Time
}

func setup(t *testing.T, db *database.Database) *bench {
	t.Helper()
	ring, err := keyring.OpenOrCreate(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db, now: schema.Now()}
	b.options = access.Options{Keys: ring, Issuer: "weft", Audience: "weft", Now: func() time.Time { return b.now }}
	return b.instance()
}

// instance returns another server on the same database, with the same keys.
func (b *bench) instance() *bench {
	b.t.Helper()
	other := *b
	other.options.Revoked = access.NewRevocations()
	if b.Accounts == nil {
		other.options.Now = func() time.Time { return other.now }
	}
	hasher, err := password.NewHasher(password.Options{
		Params: password.Params{Memory: 64, Time: 1, Threads: 1}, Slots: 2, Queue: 1_000,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	signer, err := access.NewSigner(other.options)
	if err != nil {
		b.t.Fatal(err)
	}
	if other.verifier, err = access.NewVerifier(other.options); err != nil {
		b.t.Fatal(err)
	}
	other.Accounts, err = account.New(account.Options{
		Database: b.db, Passwords: hasher, Signer: signer, Revoked: other.options.Revoked, Now: other.options.Now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return &other
}

func (b *bench) signUp(name string) *account.Grant {
	b.t.Helper()
	grant, err := b.SignUp(b.t.Context(), account.NewAccount{Username: name, Email: name + "@example.org", Password: secret})
	if err != nil {
		b.t.Fatal(err)
	}
	return grant
}

// as returns a context in which the holder of an access token asks.
func (b *bench) as(token string) context.Context {
	b.t.Helper()
	v, err := b.verifier.Verify(b.t.Context(), token)
	if err != nil {
		b.t.Fatal(err)
	}
	return auth.NewContext(b.t.Context(), v)
}

// confirm asks as a mutation does.
func (b *bench) confirm(ctx context.Context) error {
	_, err := b.Confirm(ctx, auth.FromContext(ctx))
	return err
}

func (b *bench) wantCode(what string, err error, want apperr.Code) {
	b.t.Helper()
	if err == nil || apperr.CodeOf(err) != want {
		b.t.Errorf("%s: got %v, want %s", what, err, want)
	}
}

// audit returns the actions so far, the oldest first.
func (b *bench) audit() []auditevent.Action {
	b.t.Helper()
	var actions []auditevent.Action
	events, err := b.db.Client().AuditEvent.Query().Order(ent.Asc(auditevent.FieldCreatedAt, auditevent.FieldID)).All(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range events {
		actions = append(actions, e.Action)
	}
	return actions
}

func TestSignUpInAndOut(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		up := b.signUp("Ada")
		v := auth.FromContext(b.as(up.AccessToken))
		if v.ID != up.User.ID || v.Role != auth.RoleUser || v.Scopes != auth.AllScopes || v.Kind != auth.KindSession {
			t.Errorf("the access token says %+v", v)
		}
		for _, login := range []string{"ada", "ADA", " Ada@Example.org "} {
			in, err := b.SignIn(t.Context(), login, secret)
			if err != nil {
				t.Fatalf("%q: %v", login, err)
			}
			if in.User.ID != up.User.ID || in.RefreshToken == up.RefreshToken {
				t.Errorf("%q: got %+v", login, in)
			}
		}
		_, wrong := b.SignIn(t.Context(), "ada", "wrong horse")
		_, unknown := b.SignIn(t.Context(), "eve", secret)
		b.wantCode("wrong password", wrong, apperr.Unauthenticated)
		if wrong.Error() != unknown.Error() {
			t.Errorf("a wrong password says %q, an unknown user %q", wrong, unknown)
		}
		for _, login := range []string{"", "\x00", "@", "a\x00@b"} {
			_, err := b.SignIn(t.Context(), login, secret)
			b.wantCode("login "+login, err, apperr.Unauthenticated)
		}

		here, err := b.SignIn(t.Context(), "ada", secret)
		if err != nil {
			t.Fatal(err)
		}
		ctx := b.as(here.AccessToken)
		if n, err := b.SignOut(ctx, false); n != 1 || err != nil {
			t.Errorf("signed out of %d sessions, %v", n, err)
		}
		b.wantCode("mutation after sign-out", b.confirm(ctx), apperr.Unauthenticated)
		_, err = b.verifier.Verify(t.Context(), here.AccessToken)
		b.wantCode("query after sign-out", err, apperr.Unauthenticated)
		_, err = b.Refresh(t.Context(), here.RefreshToken)
		b.wantCode("refresh after sign-out", err, apperr.Unauthenticated)
		if err := b.confirm(b.as(up.AccessToken)); err != nil {
			t.Errorf("another session: %v", err)
		}
		if n, err := b.SignOut(b.as(up.AccessToken), true); n != 4 || err != nil {
			t.Errorf("signed out of %d sessions everywhere, %v", n, err)
		}
		_, err = b.Refresh(t.Context(), up.RefreshToken)
		b.wantCode("refresh after sign-out everywhere", err, apperr.Unauthenticated)
		want := []auditevent.Action{
			"SIGNED_UP", "SIGNED_IN", "SIGNED_IN", "SIGNED_IN", "SIGN_IN_FAILED", "SIGN_IN_FAILED",
			"SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGNED_IN", "SIGNED_OUT", "SIGNED_OUT",
		}
		if diff := cmp.Diff(want, b.audit()); diff != "" {
			t.Errorf("audit (-want +got):\n%s", diff)
		}
	})
}

func TestSignUpRefuses(t *testing.T) {
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		b := setup(t, db)
		b.t = t
		b.signUp("ada")
		for name, tt := range map[string]struct {
			in    account.NewAccount
			code  apperr.Code
			paths []string
		}{
			"name taken":    {account.NewAccount{Username: "ADA", Email: "x@example.org", Password: secret}, apperr.Conflict, []string{"input.username"}},
			"address taken": {account.NewAccount{Username: "x", Email: "ADA@example.org", Password: secret}, apperr.Conflict, []string{"input.email"}},
			"all wrong": {account.NewAccount{Username: "-", Email: "x", Password: "x", Name: "a\nb"}, apperr.BadUserInput,
				[]string{"input.username", "input.email", "input.name", "input.password"}},
			"ghost":          {account.NewAccount{Username: "Ghost", Email: "x@example.org", Password: secret}, apperr.BadUserInput, []string{"input.username"}},
			"operator":       {account.NewAccount{Username: "ADMIN", Email: "x@example.org", Password: secret}, apperr.BadUserInput, []string{"input.username"}},
			"turned text":    {account.NewAccount{Username: "x", Email: "x@example.org", Password: secret, Name: "a\u202eb"}, apperr.BadUserInput, []string{"input.name"}},
			"an id":          {account.NewAccount{Username: "user_01h455vb4pex5vsknk084sn02q", Email: "x@example.org", Password: secret}, apperr.BadUserInput, []string{"input.username"}},
			"display name":   {account.NewAccount{Username: "x", Email: "X <x@example.org>", Password: secret}, apperr.BadUserInput, []string{"input.email"}},
			"own name":       {account.NewAccount{Username: "longusername", Email: "x@example.org", Password: "LongUserName"}, apperr.BadUserInput, []string{"input.password"}},
			"NUL in address": {account.NewAccount{Username: "x", Email: "x\x00@example.org", Password: secret}, apperr.BadUserInput, []string{"input.email"}},
		} {
			_, err := b.SignUp(t.Context(), tt.in)
			b.wantCode(name, err, tt.code)
			var paths []string
			if known, ok := errors.AsType[*apperr.Error](err); ok {
				for _, f := range known.Fields {
					paths = append(paths, f.Path)
				}
			}
			if diff := cmp.Diff(tt.paths, paths); diff != "" {
				t.Errorf("%s: paths (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestGuessersWaitAndOwnersDoNot(t *testing.T) {
	b := setup(t, dbtest.Open(t, "sqlite"))
	b.signUp("ada")
	from := func(address string) context.Context {
		return auth.WithAddress(t.Context(), netip.MustParseAddr(address))
	}
	for range 4 {
		_, err := b.SignIn(from("2001:db8::1"), "ada", "wrong horse")
		b.wantCode("guess", err, apperr.Unauthenticated)
	}
	_, err := b.SignIn(from("2001:db8::2"), " ADA ", secret)
	b.wantCode("the next guess, from the same network", err, apperr.RateLimited)
	if retry, ok := errors.AsType[*apperr.Error](err); !ok || retry.RetryAfter != time.Second {
		t.Errorf("got %v", err)
	}
	if _, err := b.SignIn(from("2001:db8:1::1"), "ada", secret); err != nil {
		t.Errorf("the owner elsewhere: %v", err)
	}
	if _, err := b.SignIn(from("2001:db8::2"), "ada@example.org", secret); err != nil {
		t.Errorf("the wait of a name tells whose address this is: %v", err)
	}
	for range 4 {
		_, err := b.SignIn(from("198.51.100.1"), "nobody", "wrong horse")
		b.wantCode("guess at nobody", err, apperr.Unauthenticated)
	}
	_, err = b.SignIn(from("198.51.100.1"), "nobody", "wrong horse")
	b.wantCode("the next guess at nobody", err, apperr.RateLimited)
}

func TestWeakHashIsReplaced(t *testing.T) {
	b := setup(t, dbtest.Open(t, "sqlite"))
	b.signUp("ada")
	stored := func() string {
		return b.db.Client().Credential.Query().OnlyX(t.Context()).PasswordHash
	}
	before := stored()
	risen, err := password.NewHasher(password.Options{Params: password.Params{Memory: 128, Time: 2, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := access.NewSigner(b.options)
	if err != nil {
		t.Fatal(err)
	}
	later, err := account.New(account.Options{
		Database: b.db, Passwords: risen, Signer: signer, Revoked: access.NewRevocations(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := later.SignIn(t.Context(), "ada", secret); err != nil {
			t.Fatal(err)
		}
	}
	if after := stored(); after == before || after[:25] != "$argon2id$v=19$m=128,t=2," {
		t.Errorf("the stored hash is %.25s", after)
	}
}
