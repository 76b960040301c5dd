// Package auth tells who is asking: it reads a request's credentials and puts
// the Viewer into its context. What a viewer may do is decided where the thing
// is done: rows in internal/query, changes in internal/content.
package auth

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
)

// Role is what a user may do beyond writing.
type Role string

// The roles, each with the rights of those before it.
const (
	RoleUser      Role = "USER"
	RoleModerator Role = "MODERATOR"
	RoleAdmin     Role = "ADMIN"
)

// Values returns the roles in ascending order; ent makes the column's
// constraint of them.
func (Role) Values() []string {
	return []string{string(RoleUser), string(RoleModerator), string(RoleAdmin)}
}

// AtLeast reports whether r has the rights of other. A role that does not
// exist has none.
func (r Role) AtLeast(other Role) bool {
	values := r.Values()
	return slices.Index(values, string(r)) >= slices.Index(values, string(other))
}

// Viewer is who is asking. The zero value is anonymous.
type Viewer struct {
	ID   typeid.User
	Role Role

	// Scopes is what the credential allows. A viewer without scopes reads as
	// its user does and passes no guard that asks for one.
	Scopes Scopes

	// Credential is the session or the personal access token that was shown;
	// zero for a token of an external issuer and in development.
	Credential uuid.UUID

	// Kind is what was shown.
	Kind Kind

	// User is the viewer's row, an *ent.User, where the store was asked for it
	// for this very request, as each mutation does; else nil.
	User any
}

// Kind is what a request showed to prove who asks.
type Kind string

// The kinds of credential. Only a session may change the account itself.
const (
	KindSession  Kind = "session"
	KindPersonal Kind = "personal"
	KindExternal Kind = "external"
	KindHeader   Kind = "header"
)

// Anonymous reports whether nobody is signed in.
func (v Viewer) Anonymous() bool { return v.ID.IsZero() }

// Moderates reports whether the viewer sees and withdraws the posts of others.
func (v Viewer) Moderates() bool { return v.Role.AtLeast(RoleModerator) }

// Administers reports whether the viewer manages users.
func (v Viewer) Administers() bool { return v.Role.AtLeast(RoleAdmin) }

// SignedIn returns who asks, or UNAUTHENTICATED.
func SignedIn(ctx context.Context) (Viewer, error) {
	v := FromContext(ctx)
	if v.Anonymous() {
		return v, apperr.New(apperr.Unauthenticated, "sign in first: this needs a viewer")
	}
	return v, nil
}

type viewerKey struct{}

// NewContext returns a context in which v is asking.
func NewContext(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, &v)
}

// Become makes v the viewer of everything that runs with the context which
// NewContext returned, from now on: of what a sign-in answers with.
func Become(ctx context.Context, v Viewer) {
	if asking, ok := ctx.Value(viewerKey{}).(*Viewer); ok {
		*asking = v
	}
}

// FromContext returns who is asking; anonymous when nobody was put there.
func FromContext(ctx context.Context) Viewer {
	if v, ok := ctx.Value(viewerKey{}).(*Viewer); ok {
		return *v
	}
	return Viewer{}
}
