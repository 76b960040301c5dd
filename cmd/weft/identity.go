package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/auth/access"
	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/auth/password"
	"github.com/weftql/weft/ent/revocation"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/feed"
)

// identity is what the server needs to know who asks.
type identity struct {
	ring     *keyring.Ring
	accounts *account.Accounts
	bearer   auth.Bearer
	logger   *slog.Logger
}

func newIdentity(ctx context.Context, c config.Config, ring *keyring.Ring, db *database.Database, logger *slog.Logger) (*identity, error) {
	options := access.Options{Keys: ring, Issuer: c.Issuer, Audience: c.Audience, Revoked: access.NewRevocations()}
	signer, err := access.NewSigner(options)
	if err != nil {
		return nil, err
	}
	passwords, err := password.NewHasher(password.Options{})
	if err != nil {
		return nil, err
	}
	accounts, err := account.New(account.Options{Database: db, Passwords: passwords, Signer: signer, Revoked: options.Revoked})
	if err != nil {
		return nil, err
	}
	if c.TrustedIssuer != "" {
		external, err := access.NewExternal(ctx, access.ExternalOptions{
			Issuer: c.TrustedIssuer, Audience: c.Audience, JWKS: c.TrustedJWKS, Types: c.TrustedTypes,
			Find:   accounts.FindExternal,
			Report: func(err error) { logger.WarnContext(ctx, "external issuer", "error", err.Error()) },
		})
		if err != nil {
			return nil, err
		}
		options.External = append(options.External, external)
	}
	verifier, err := access.NewVerifier(options)
	if err != nil {
		return nil, err
	}
	return &identity{ring, accounts, auth.Bearer{Access: verifier, Personal: accounts}, logger}, nil
}

// openKeys reads the keys; development makes a file that is missing.
func openKeys(c config.Config) (*keyring.Ring, error) {
	if c.Keys != "" {
		ring, err := keyring.Parse([]byte(c.Keys))
		if err != nil {
			return nil, fmt.Errorf("WEFT_JWT_KEYS: %w", err)
		}
		return ring, nil
	}
	if c.Env != config.Production {
		return keyring.OpenOrCreate(c.KeysFile)
	}
	ring, err := keyring.Open(c.KeysFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("WEFT_JWT_KEYS_FILE: there is no file %s, and production makes no keys by itself: run weft keys generate, or set WEFT_JWT_KEYS", c.KeysFile)
	}
	return ring, err
}

const (
	// watchKeys is how often the key file is looked at.
	watchKeys = 2 * time.Second
	// watchRevocations is how often what other instances revoked is read, beside
	// when the change feed tells of it.
	watchRevocations = 5 * time.Second
)

// watch follows the key file and the revocations of other instances until ctx
// ends. SIGHUP reads the keys at once.
func (i *identity) watch(ctx context.Context, revoked <-chan uint32) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() {
		i.ring.Watch(ctx, watchKeys, func(err error) { i.report(ctx, err) })
	})
	parts.Go(func() {
		i.accounts.Run(ctx, watchRevocations, revoked, func(err error) { i.report(ctx, err) })
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		}
		if err := i.ring.Reload(); err != nil {
			i.report(ctx, err)
		}
	}
}

// maxRevoked is how many transactions that revoked something may wait to be
// read; beyond them it takes up to watchRevocations.
const maxRevoked = 1024

// revocations sends the id of each transaction that revoked something, and 0
// when the feed may have missed one.
func revocations(changes *feed.Feed) <-chan uint32 {
	revoked := make(chan uint32, maxRevoked)
	changes.Subscribe(func(e feed.Event) {
		if e.Concerns(revocation.Table) {
			select {
			case revoked <- e.XID:
			default:
			}
		}
	})
	return revoked
}

// report says what did not work in the background; what was known before still
// holds.
func (i *identity) report(ctx context.Context, err error) {
	i.logger.ErrorContext(ctx, "identity", "error", err.Error())
}
