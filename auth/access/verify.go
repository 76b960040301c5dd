package access

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/ent/typeid"
)

// Verifier tells whose access token it is. It is an auth.Verifier.
type Verifier struct {
	options  Options
	parser   *jwt.Parser
	external map[string]*External // by issuer
	seen     *seen
}

// NewVerifier returns a verifier.
func NewVerifier(o Options) (*Verifier, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	v := &Verifier{options: o, external: map[string]*External{}, seen: newSeen()}
	methods := []string{keyring.Algorithm}
	for _, issuer := range o.External {
		if _, twice := v.external[issuer.options.Issuer]; twice || issuer.options.Issuer == o.Issuer {
			return nil, fmt.Errorf("configure access tokens: the issuer %s is named twice", issuer.options.Issuer)
		}
		v.external[issuer.options.Issuer] = issuer
		methods = externalMethods()
	}
	v.parser = jwt.NewParser(
		jwt.WithValidMethods(methods), jwt.WithStrictDecoding(),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(Skew), jwt.WithTimeFunc(o.Now),
	)
	return v, nil
}

// maxToken bounds a token before it is parsed, in bytes: external issuers put
// more into theirs than we do.
const maxToken = 8 << 10

// Verify returns the viewer of an access token, ours or an external issuer's.
// Every fault is UNAUTHENTICATED in the same words.
func (v *Verifier) Verify(ctx context.Context, token string) (auth.Viewer, error) {
	if len(token) > maxToken {
		return auth.Viewer{}, auth.Refuse(errors.New("the access token is too long"))
	}
	now := v.options.Now()
	if viewer, ok := v.seen.get(token, now); ok && v.known(viewer.key) {
		return v.options.Revoked.Apply(viewer.viewer)
	}
	var c claims
	parsed, err := v.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) { return v.key(ctx, t, &c) })
	if err != nil {
		return auth.Viewer{}, auth.Refuse(reason(err))
	}
	if external, ok := v.external[c.Issuer]; ok {
		return external.viewer(ctx, &c)
	}
	viewer, err := v.own(&c)
	if err != nil {
		return auth.Viewer{}, auth.Refuse(err)
	}
	v.seen.put(token, verified{viewer: viewer, key: parsed.Header["kid"].(string), until: c.ExpiresAt.Add(Skew)}, now)
	return v.options.Revoked.Apply(viewer)
}

func (v *Verifier) known(key string) bool {
	_, ok := v.options.Keys.Find(key)
	return ok
}

// key returns the public key that must have signed the token, by its issuer
// and kid alone: a token that brings or points to a key of its own is refused.
func (v *Verifier) key(ctx context.Context, t *jwt.Token, c *claims) (crypto.PublicKey, error) {
	for _, name := range []string{"jku", "jwk", "x5u", "x5c", "crit"} {
		if _, ok := t.Header[name]; ok {
			return nil, fmt.Errorf("the header has %s", name)
		}
	}
	id, _ := t.Header["kid"].(string)
	if !validKeyID(id) {
		return nil, errors.New("the header has no usable kid")
	}
	kind, _ := t.Header["typ"].(string)
	if external, ok := v.external[c.Issuer]; ok {
		return external.key(ctx, id, t.Method.Alg(), kind)
	}
	switch {
	case c.Issuer != v.options.Issuer:
		return nil, errors.New("the issuer is unknown")
	case !isAccessToken(kind):
		return nil, errors.New("the type is not " + tokenType)
	case t.Method.Alg() != keyring.Algorithm:
		return nil, errors.New("the algorithm is not the key's")
	}
	key, ok := v.options.Keys.Find(id)
	if !ok {
		return nil, errors.New("the key is unknown")
	}
	return key.Public(), nil
}

// isAccessToken compares as media types do, which the header's typ is.
func isAccessToken(kind string) bool {
	return strings.EqualFold(kind, tokenType) || strings.EqualFold(kind, "application/"+tokenType)
}

// validKeyID refuses what could be more than a name, such as a path.
func validKeyID(id string) bool {
	if id == "" || len(id) > 200 {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`/\'"<>;`, r)
	}) && !strings.Contains(id, "..")
}

// own checks the claims of a token that we signed.
func (v *Verifier) own(c *claims) (auth.Viewer, error) {
	if !slices.Contains(c.Audience, v.options.Audience) {
		return auth.Viewer{}, errors.New("the audience is another")
	}
	if c.NotBefore == nil || c.IssuedAt == nil || c.ID == "" {
		return auth.Viewer{}, errors.New("nbf, iat or jti is missing")
	}
	id, err := typeid.Parse(c.Subject)
	if err != nil {
		return auth.Viewer{}, errors.New("the subject is not a user")
	}
	user, err := id.User()
	if err != nil || user.IsZero() {
		return auth.Viewer{}, errors.New("the subject is not a user")
	}
	session, err := uuid.Parse(c.Session)
	if err != nil || session == uuid.Nil {
		return auth.Viewer{}, errors.New("there is no session")
	}
	if !slices.Contains(c.Role.Values(), string(c.Role)) {
		return auth.Viewer{}, errors.New("the role is unknown")
	}
	scopes, err := auth.ParseScopes(c.Scope)
	if err != nil {
		return auth.Viewer{}, errors.New("the scope is malformed")
	}
	return auth.Viewer{ID: user, Role: c.Role, Scopes: scopes, Credential: session, Kind: auth.KindSession}, nil
}

// reason is what the log gets of a failed parse: the library's own words may
// repeat parts of the token.
func reason(err error) error {
	for _, known := range []error{
		jwt.ErrTokenExpired, jwt.ErrTokenNotValidYet, jwt.ErrTokenUsedBeforeIssued, jwt.ErrTokenRequiredClaimMissing,
		jwt.ErrTokenUnverifiable, jwt.ErrTokenSignatureInvalid, jwt.ErrTokenInvalidClaims, jwt.ErrTokenMalformed,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("the access token does not hold")
}
