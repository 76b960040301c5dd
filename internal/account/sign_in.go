package account

import (
	"cmp"
	"context"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/credential"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// wrongLogin is the answer to an unknown user and to a wrong password.
func wrongLogin() error {
	return apperr.New(apperr.Unauthenticated, "the user name, e-mail address or password is wrong")
}

// maxLogin bounds what is looked up, in bytes.
const maxLogin = 256

// SignIn opens a session for the user with this name or e-mail address and
// password. An unknown user and a wrong password are the same UNAUTHENTICATED
// after the same time; too many failures from one address are RATE_LIMITED,
// too many sign-ins at once OVERLOADED.
func (a *Accounts) SignIn(ctx context.Context, login, given string) (*Grant, error) {
	ctx = database.NameStatements(ctx, "signIn")
	key := loginKey(login)
	u, stored, err := a.lookUp(ctx, key)
	if err != nil {
		return nil, err
	}
	// By what was typed and not by whose it is: else the wait of a name would
	// tell which address belongs to it.
	weak, err := a.prove(ctx, "login "+key, u, stored, given)
	if err != nil {
		return nil, err
	}
	var grant *Grant
	err = a.change(ctx, "signIn", func(ctx context.Context, tx *ent.Tx) error {
		if err := a.still(ctx, tx, stored); err != nil {
			return err
		}
		opened, token, err := a.open(ctx, tx, u)
		if err != nil {
			return err
		}
		if err := a.record(ctx, tx.AuditEvent, event{action: auditevent.ActionSIGNED_IN, actor: u.ID, user: u.ID}); err != nil {
			return err
		}
		grant, err = a.grant(u, opened.ID, token)
		return err
	})
	if err != nil {
		return nil, err
	}
	if weak {
		return grant, a.rehash(ctx, stored, given)
	}
	return grant, nil
}

// still refuses a password that was changed since it was read, and keeps it
// from being changed until the transaction ends: a change ends all sessions,
// and this one must not slip past it.
func (a *Accounts) still(ctx context.Context, tx *ent.Tx, stored *ent.Credential) error {
	query := tx.Credential.Query().Where(credential.ID(stored.ID), credential.PasswordHash(stored.PasswordHash))
	if a.db.Dialect() == dialect.Postgres {
		// SQLite's transactions are exclusive from their start.
		query = query.ForUpdate()
	}
	found, err := query.IDs(ctx)
	if err == nil && len(found) == 0 {
		return wrongLogin()
	}
	return err
}

// loginKey is what a login is looked up and counted by; "" for one that nobody
// can have.
func loginKey(login string) string {
	key := strings.ToLower(strings.TrimSpace(login))
	if len(key) > maxLogin || strings.ContainsRune(key, 0) {
		return ""
	}
	return key
}

// lookUp finds a user and their password with two statements, whether they
// exist or not, so that the time tells nothing.
func (a *Accounts) lookUp(ctx context.Context, key string) (*ent.User, *ent.Credential, error) {
	client := a.db.Client()
	where := user.UsernameKey(key)
	if strings.Contains(key, "@") {
		where = user.EmailKey(key)
	}
	u, err := client.User.Query().Where(where).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, nil, err
	}
	id := typeid.User{}
	if u != nil {
		id = u.ID
	}
	stored, err := client.Credential.Query().Where(credential.UserID(id)).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, nil, err
	}
	return u, stored, nil
}

// prove checks a password, counts failures and reports whether the stored hash
// is weak. account names who is guessed at; u and stored may be nil.
func (a *Accounts) prove(ctx context.Context, account string, u *ent.User, stored *ent.Credential, given string) (weak bool, err error) {
	from := auth.Network(auth.AddressFromContext(ctx)).String()
	guess, spray := password.Attempt{Account: account, Address: from}, password.Attempt{Address: from}
	allowed := func() error { return cmp.Or(a.guesses.Allow(guess), a.sprays.Allow(spray)) }
	if err := allowed(); err != nil {
		return false, err
	}
	hash := ""
	if stored != nil {
		hash = stored.PasswordHash
	}
	ok, weak, err := a.passwords.Verify(ctx, hash, given)
	if err != nil {
		return false, err
	}
	if ok {
		if err := allowed(); err != nil { // as to those who failed beside this one
			return false, err
		}
		a.guesses.Succeed(guess)
		a.passwords.Note(ctx, true)
		return weak, nil
	}
	a.passwords.Note(ctx, false)
	if err := cmp.Or(a.guesses.Fail(guess), a.sprays.Fail(spray)); err != nil {
		return false, err
	}
	failed := event{action: auditevent.ActionSIGN_IN_FAILED}
	if u != nil {
		failed.user = u.ID
	}
	if err := a.db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error { return a.record(ctx, tx.AuditEvent, failed) }); err != nil {
		return false, err
	}
	return false, wrongLogin()
}

// rehash stores the password with today's parameters, unless it was changed
// since it was read.
func (a *Accounts) rehash(ctx context.Context, stored *ent.Credential, given string) error {
	hash, err := a.passwords.Hash(ctx, given)
	if apperr.CodeOf(err) == apperr.Overloaded {
		return nil // the next sign-in will do
	}
	if err != nil {
		return err
	}
	return a.db.WithTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		return tx.Credential.Update().
			Where(credential.ID(stored.ID), credential.PasswordHash(stored.PasswordHash)).SetPasswordHash(hash).Exec(ctx)
	})
}
