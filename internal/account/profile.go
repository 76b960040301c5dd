package account

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/revision"
)

// ProfileChange is what to change in a profile; nil stays.
type ProfileChange struct {
	Username  *string
	Name      *string
	Bio       *string
	AvatarURL *string
	Email     *string

	// Password is the current one, needed to change Email: whoever has the
	// address has the account.
	Password *string

	// Expected is the user's UpdatedAt as the client knows it. A profile that
	// was updated since is a CONFLICT; nil overwrites what others changed.
	Expected *time.Time
}

// UpdateProfile changes the viewer's profile.
func (a *Accounts) UpdateProfile(ctx context.Context, in ProfileChange) (*ent.User, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	var check checks
	var what []string
	set := func(name string, field **string, checked func(path, s string) string) {
		if *field != nil {
			*field = new(checked("input."+name, **field))
			what = append(what, name)
		}
	}
	set("username", &in.Username, check.username)
	set("name", &in.Name, func(path, s string) string { return check.OptionalLine(path, s, maxName) })
	set("bio", &in.Bio, func(path, s string) string { return check.OptionalText(path, s, maxBio) })
	set("avatarUrl", &in.AvatarURL, check.picture)
	set("email", &in.Email, check.email)
	if in.Email != nil && in.Password == nil {
		check.Add("input.currentPassword", "is needed to change the e-mail address")
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	ctx = database.NameStatements(ctx, "updateProfile")
	if in.Username != nil || in.Email != nil { // by which the user signs in
		if v, err = inPerson(ctx); err != nil {
			return nil, err
		}
	}
	if in.Email != nil {
		if _, _, err := a.again(ctx, v, *in.Password); err != nil {
			return nil, err
		}
	}
	var changed *ent.User
	err = a.change(ctx, "updateProfile", func(ctx context.Context, tx *ent.Tx) error {
		before, err := a.lockUser(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		if err := revision.Check(in.Expected, v.ID.String(), before.UpdatedAt, map[string]any{
			"username": before.Username, "name": before.Name, "bio": before.Bio, "avatarUrl": orNull(before.AvatarURL), "email": before.Email,
		}); err != nil {
			return err
		}
		if in.Username != nil || in.Email != nil {
			if err := a.free(ctx, tx.User, v.ID, value(in.Username), value(in.Email)); err != nil {
				return err
			}
		}
		if in.Name != nil && *in.Name == "" {
			in.Name = new(cmp.Or(value(in.Username), before.Username))
		}
		update := tx.User.UpdateOneID(v.ID).SetUpdatedAt(revision.Next(before.UpdatedAt, a.now())).SetNillableUsername(in.Username).
			SetNillableName(in.Name).SetNillableBio(in.Bio).SetNillableAvatarURL(in.AvatarURL).SetNillableEmail(in.Email)
		if in.Username != nil {
			update.SetUsernameKey(strings.ToLower(*in.Username))
		}
		if in.Email != nil {
			update.SetEmailKey(strings.ToLower(*in.Email))
		}
		if changed, err = update.Save(ctx); err != nil {
			return taken(err)
		}
		return a.record(ctx, tx.AuditEvent, event{auditevent.ActionPROFILE_CHANGED, v.ID, v.ID, strings.Join(what, " ")})
	})
	return changed, err
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
