// Package account changes who users are: it signs them up, in and out, and
// changes passwords, profiles, roles and personal access tokens. Each operation
// checks who asks, is one transaction and leaves an audit event. Errors that a
// client may see are *apperr.Error; paths in them start with "input".
//
// What tokens, keys and passwords are is in auth and its parts; posts and
// comments are in internal/content.
package account

import (
	"context"
	"errors"
	"time"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/schema"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// Signer makes access tokens; *access.Signer is one.
type Signer interface {
	Sign(v auth.Viewer) (token string, expires time.Time, err error)
}

// Options configures New. All but Now are required.
type Options struct {
	Database  *database.Database
	Passwords *password.Hasher
	Signer    Signer
	Revoked   *access.Revocations // that the verifier of access tokens looks at

	// Now is the clock, in UTC and whole microseconds. Default: schema.Now.
	Now func() time.Time
}

// Accounts changes the accounts of one database.
type Accounts struct {
	db        *database.Database
	passwords *password.Hasher
	signer    Signer
	revoked   *access.Revocations
	now       func() time.Time

	guesses *password.Throttle // at an account, from an address
	sprays  *password.Throttle // at any account, from an address
	takens  *password.Throttle // names that are taken, asked for from an address
	known   *memory[[32]byte]  // personal access tokens, by hash
	linked  *memory[subject]   // subjects of external issuers
	seen    time.Time          // up to when revocations were read; of Sync alone
	unseen  []uint32           // transactions that revoked, and may not be read yet; of Run alone
	used    uses               // of personal access tokens, to be written down
}

// The failures that go without delay. The last two are for the addresses of
// many users, such as an office.
const (
	freeGuesses = 3
	freeSprays  = 50
	freeTakens  = 20
)

// New returns the operations on accounts.
func New(o Options) (*Accounts, error) {
	if o.Database == nil || o.Passwords == nil || o.Signer == nil || o.Revoked == nil {
		return nil, errors.New("configure accounts: database, passwords, signer and revocations are required")
	}
	if o.Now == nil {
		o.Now = schema.Now
	}
	return &Accounts{
		db: o.Database, passwords: o.Passwords, signer: o.Signer, revoked: o.Revoked, now: o.Now,
		guesses: password.NewThrottle(freeGuesses, o.Now), sprays: password.NewThrottle(freeSprays, o.Now),
		takens: password.NewThrottle(freeTakens, o.Now),
		known:  newMemory[[32]byte](), linked: newMemory[subject](),
	}, nil
}

// Admit takes a place for the password work of one operation: see
// password.Hasher.
func (a *Accounts) Admit(ctx context.Context) (context.Context, func(), error) {
	return a.passwords.Admit(ctx, password.Caller{
		Network: auth.Network(auth.AddressFromContext(ctx)), SignedIn: !auth.FromContext(ctx).Anonymous(),
	})
}

// change runs one operation as a transaction, its statements under name.
func (a *Accounts) change(ctx context.Context, name string, fn func(context.Context, *ent.Tx) error) error {
	return a.db.WithTx(database.NameStatements(ctx, name), fn)
}

// inPerson returns who asks, and FORBIDDEN to a personal access token: what a
// script holds must not change how its user signs in. A token of an outside
// issuer needs the scope for the profile: there are such for scripts too.
func inPerson(ctx context.Context) (auth.Viewer, error) {
	v, err := auth.SignedIn(ctx)
	if err == nil && v.Kind == auth.KindPersonal {
		return v, apperr.New(apperr.Forbidden, "a personal access token may not change the account: sign in")
	}
	if err == nil && !v.Scopes.Has(auth.ScopeProfile) {
		return v, apperr.New(apperr.Forbidden, "this token lacks a scope: it needs %s", auth.ScopeProfile)
	}
	return v, err
}

// lockUser reads a user and keeps others from changing the row until the
// transaction ends.
func (a *Accounts) lockUser(ctx context.Context, tx *ent.Tx, id typeid.User) (*ent.User, error) {
	if a.db.Dialect() == dialect.Postgres {
		// SQLite's transactions are exclusive from their start.
		if _, err := tx.ExecContext(ctx, "SELECT 1 FROM users WHERE id = $1 FOR UPDATE", id.UUID()); err != nil {
			return nil, err
		}
	}
	return tx.User.Get(ctx, id)
}
