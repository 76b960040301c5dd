package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	newid "github.com/google/uuid"
)

// claims are those of Weft's access tokens that are looked at.
type claims struct {
	jwt.RegisteredClaims
	Role    string `json:"role"`
	Session string `json:"sid"`
}

// signedIn is who a token names.
type signedIn struct {
	user, session uuid
	role          string
	until         time.Time
}

// tokens verifies access tokens, and remembers those that it has seen, as Weft
// does.
type tokens struct {
	key  ed25519.PublicKey
	seen sync.Map // of signedIn, by token
}

// fetchKey asks Weft for its public key.
func fetchKey(ctx context.Context, address string) (ed25519.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for keys: %w", err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask for keys: %w", err)
	}
	defer response.Body.Close()
	var set struct{ Keys []struct{ X string } }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("there are no keys at " + address)
	}
	key, err := base64.RawURLEncoding.DecodeString(set.Keys[0].X)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("the first key at " + address + " is not of Ed25519")
	}
	return key, nil
}

func (t *tokens) verify(r *http.Request) (who signedIn, err error) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return who, errRefused
	}
	if known, ok := t.seen.Load(text); ok {
		if who = known.(signedIn); time.Now().After(who.until) {
			return who, errRefused
		}
		return who, nil
	}
	var c claims
	_, err = jwt.ParseWithClaims(text, &c, func(*jwt.Token) (any, error) { return t.key, nil }, jwt.WithValidMethods([]string{"EdDSA"}))
	if err != nil {
		return who, err
	}
	if who.user, err = parseID(c.Subject, "user_"); err != nil {
		return who, err
	}
	session, err := newid.Parse(c.Session)
	if err != nil {
		return who, err
	}
	who.session, who.role, who.until = uuid(session), c.Role, c.ExpiresAt.Time
	t.seen.Store(text, who)
	return who, nil
}
