package keyring

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Ring is a set of keys in use. Its methods are safe for concurrent use.
type Ring struct {
	path string // "" for keys that are not from a file
	keys atomic.Pointer[loaded]

	mu     sync.Mutex // of what follows
	seen   stamp      // of the file that was read last
	looked time.Time  // when an unknown key last made the ring look at the file
	now    func() time.Time
}

// loaded is one reading of the keys.
type loaded struct {
	byID   map[string]Key
	active Key
	jwks   []byte

	tokenSecrets [][]byte
}

// stamp tells one content of the file from another.
type stamp struct {
	modified time.Time
	size     int64
	inode    os.FileInfo // compared by os.SameFile
}

func (s stamp) same(other stamp) bool {
	return s.inode != nil && s.modified.Equal(other.modified) && s.size == other.size && os.SameFile(s.inode, other.inode)
}

// Parse returns the ring of keys in the form of the file, as an environment
// variable may hold them. It never changes.
func Parse(data []byte) (*Ring, error) {
	keys, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("parse keys: %w", err)
	}
	r := &Ring{now: time.Now}
	return r, r.take(keys)
}

// Open returns the ring of a key file.
func Open(path string) (*Ring, error) {
	r := &Ring{path: path, now: time.Now}
	if err := r.Reload(); err != nil {
		return nil, err
	}
	return r, nil
}

// OpenOrCreate is Open that makes a missing file. Instances that do so at once
// end up with the same keys.
func OpenOrCreate(path string) (*Ring, error) {
	if _, err := create(path, time.Now()); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return Open(path)
}

// Active returns the key that signs.
func (r *Ring) Active() Key { return r.keys.Load().active }

// TokenSecrets returns secrets for signing what only servers with this ring
// read, such as a Consistency-Token: one of each key, that of the active one
// first.
func (r *Ring) TokenSecrets() [][]byte { return r.keys.Load().tokenSecrets }

func tokenSecrets(l *loaded) ([][]byte, error) {
	secrets := make([][]byte, 1, len(l.byID))
	for _, k := range l.byID {
		secret, err := hkdf.Key(sha256.New, k.private.Seed(), nil, "weft consistency token", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive secret: %w", err)
		}
		if k.ID == l.active.ID {
			secrets[0] = secret
		} else {
			secrets = append(secrets, secret)
		}
	}
	return secrets, nil
}

// lookAgain is how often an unknown key may make the ring look at its file.
const lookAgain = 100 * time.Millisecond

// Find returns the key of that id in any state. For one that it does not know
// it looks whether the file has changed, because another instance may have
// signed with a key that is newer than the last reading.
func (r *Ring) Find(id string) (Key, bool) {
	k, ok := r.keys.Load().byID[id]
	if ok || r.path == "" || !r.mayLook() {
		return k, ok
	}
	if err := r.reloadIfChanged(); err != nil {
		return Key{}, false // Watch reports it
	}
	k, ok = r.keys.Load().byID[id]
	return k, ok
}

func (r *Ring) mayLook() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if now.Sub(r.looked) < lookAgain {
		return false
	}
	r.looked = now
	return true
}

// Reload reads the file again; on an error the ring keeps its keys. A ring
// without a file does nothing.
func (r *Ring) Reload() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reload()
}

func (r *Ring) reload() error {
	now, err := statFile(r.path) // before reading: a later change is seen again
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	keys, err := readFile(r.path)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	if err := r.take(keys); err != nil {
		return err
	}
	r.seen = now
	return nil
}

func (r *Ring) reloadIfChanged() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := statFile(r.path)
	if err == nil && r.seen.same(now) {
		return nil
	}
	return r.reload()
}

func statFile(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{modified: info.ModTime(), size: info.Size(), inode: info}, nil
}

func (r *Ring) take(keys []Key) error {
	jwks, err := renderJWKS(keys)
	if err != nil {
		return err
	}
	next := &loaded{byID: make(map[string]Key, len(keys)), jwks: jwks}
	for _, k := range keys {
		next.byID[k.ID] = k
		if k.State == Active {
			next.active = k
		}
	}
	if next.tokenSecrets, err = tokenSecrets(next); err != nil {
		return err
	}
	r.keys.Store(next)
	return nil
}

// Watch reads the file again whenever it changed, looking every so often,
// until ctx ends. report gets what goes wrong, once for each fault.
func (r *Ring) Watch(ctx context.Context, every time.Duration, report func(error)) {
	if r.path == "" {
		return
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := r.reloadIfChanged()
		if err != nil && err.Error() != last {
			report(err)
		}
		last = ""
		if err != nil {
			last = err.Error()
		}
	}
}

// JWKS returns the public halves of all keys as a JWK set.
func (r *Ring) JWKS() []byte { return r.keys.Load().jwks }

// ServeHTTP answers /.well-known/jwks.json. Caches may keep the answer for
// five minutes: a key is published long before it signs.
func (r *Ring) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(r.JWKS()) // the client went away
}
