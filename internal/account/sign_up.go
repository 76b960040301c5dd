package account

import (
	"cmp"
	"context"
	"strings"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/ent/user"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
)

// NewAccount is a user to be.
type NewAccount struct {
	Username string
	Email    string
	Password string
	Name     string // to show; empty: the user name
}

// SignUp makes a user and opens a session. A name or address that is taken is
// CONFLICT; who asks for too many of those is RATE_LIMITED, and where too many
// sign in or up at once it is OVERLOADED.
func (a *Accounts) SignUp(ctx context.Context, in NewAccount) (*Grant, error) {
	var check checks
	in.Username = check.username("input.username", in.Username)
	in.Email = check.email("input.email", in.Email)
	in.Name = check.OptionalLine("input.name", in.Name, maxName)
	check.password("input.password", in.Password, in.Username, in.Email)
	if err := check.Err(); err != nil {
		return nil, err
	}
	if in.Name == "" {
		in.Name = in.Username
	}
	ctx = database.NameStatements(ctx, "signUp")
	from := password.Attempt{Address: auth.Network(auth.AddressFromContext(ctx)).String()}
	if err := a.takens.Allow(from); err != nil {
		return nil, err
	}
	// Before anything is looked up: asking whether a name or address is taken
	// costs a password's work.
	hash, err := a.passwords.Hash(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	if err := a.free(ctx, a.db.Client().User, typeid.User{}, in.Username, in.Email); err != nil {
		if apperr.CodeOf(err) == apperr.Conflict {
			a.passwords.Note(ctx, false)
			err = cmp.Or(a.takens.Fail(from), err)
		}
		return nil, err
	}
	var grant *Grant
	err = a.change(ctx, "signUp", func(ctx context.Context, tx *ent.Tx) error {
		now := a.now()
		u, err := tx.User.Create().SetUsername(in.Username).SetUsernameKey(strings.ToLower(in.Username)).
			SetEmail(in.Email).SetEmailKey(strings.ToLower(in.Email)).SetName(in.Name).
			SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
		if err != nil {
			return taken(err)
		}
		if err := tx.Credential.Create().SetUserID(u.ID).SetPasswordHash(hash).SetChangedAt(now).Exec(ctx); err != nil {
			return err
		}
		opened, token, err := a.open(ctx, tx, u)
		if err != nil {
			return err
		}
		if err := a.record(ctx, tx.AuditEvent, event{action: auditevent.ActionSIGNED_UP, actor: u.ID, user: u.ID}); err != nil {
			return err
		}
		grant, err = a.grant(u, opened.ID, token)
		return err
	})
	return grant, err
}

// free returns CONFLICT for what another user has. "" is not looked for.
func (a *Accounts) free(ctx context.Context, client *ent.UserClient, self typeid.User, username, email string) error {
	found, err := client.Query().
		Where(user.IDNEQ(self), user.Or(user.UsernameKey(strings.ToLower(username)), user.EmailKey(strings.ToLower(email)))).
		Select(user.FieldUsernameKey, user.FieldEmailKey).All(ctx)
	if err != nil {
		return err
	}
	var fields []apperr.Field
	for _, u := range found {
		if u.UsernameKey == strings.ToLower(username) {
			fields = append(fields, apperr.Field{Path: "input.username", Message: "is taken"})
		}
		if u.EmailKey != nil && *u.EmailKey == strings.ToLower(email) {
			fields = append(fields, apperr.Field{Path: "input.email", Message: "is taken"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return &apperr.Error{Code: apperr.Conflict, Message: "the user name or e-mail address is taken", Fields: fields}
}

// taken is free's answer where another user was quicker.
func taken(err error) error {
	if ent.IsConstraintError(err) {
		return apperr.Wrap(err, apperr.Conflict, "the user name or e-mail address is taken")
	}
	return err
}
