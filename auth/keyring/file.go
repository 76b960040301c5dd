package keyring

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// keyFile is the file's form. It is written with mode 0600 and replaced whole.
type keyFile struct {
	Keys []keyEntry `json:"keys"`
}

type keyEntry struct {
	ID        string    `json:"kid"` // repeated for the reader; must be the key's own
	Algorithm string    `json:"alg"`
	State     State     `json:"state"`
	Since     time.Time `json:"since"`
	Private   string    `json:"private"` // the seed of 32 bytes, base64url
}

// maxFile bounds a key file, in bytes.
const maxFile = 1 << 20

// Retention is how long a key stays retiring: well over the life of an access
// token, and what caches of the JWK set may add.
const Retention = 24 * time.Hour

// decode reads keys in the file's form. Its errors show nothing of the text.
func decode(data []byte) ([]Key, error) {
	var file keyFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, errors.New("it is not JSON of keys")
	}
	keys := make([]Key, 0, len(file.Keys))
	actives := 0
	for i, entry := range file.Keys {
		seed, err := base64.RawURLEncoding.Strict().DecodeString(entry.Private)
		switch {
		case err != nil || len(seed) != ed25519.SeedSize:
			return nil, fmt.Errorf("key %d: its private part is not %d bytes in base64url", i, ed25519.SeedSize)
		case entry.Algorithm != Algorithm:
			return nil, fmt.Errorf("key %d: its algorithm is not %s", i, Algorithm)
		case entry.State != Pending && entry.State != Active && entry.State != Retiring:
			return nil, fmt.Errorf("key %d: its state is none of pending, active and retiring", i)
		}
		k := keyFrom(ed25519.NewKeyFromSeed(seed), entry.State, entry.Since)
		if k.ID != entry.ID {
			return nil, fmt.Errorf("key %d: its kid is not its thumbprint", i)
		}
		if slices.ContainsFunc(keys, func(other Key) bool { return other.ID == k.ID }) {
			return nil, fmt.Errorf("key %d: it stands there twice", i)
		}
		if k.State == Active {
			actives++
		}
		keys = append(keys, k)
	}
	if actives != 1 {
		return nil, fmt.Errorf("it holds %d active keys, not one", actives)
	}
	return keys, nil
}

func encode(keys []Key) ([]byte, error) {
	file := keyFile{Keys: make([]keyEntry, len(keys))}
	for i, k := range keys {
		file.Keys[i] = keyEntry{
			ID: k.ID, Algorithm: Algorithm, State: k.State, Since: k.Since,
			Private: base64.RawURLEncoding.EncodeToString(k.private.Seed()),
		}
	}
	text, err := json.MarshalIndent(file, "", "  ")
	return append(text, '\n'), err
}

func readFile(path string) ([]Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	keys, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// writeFile replaces the file, or with create makes it unless it exists, which
// is fs.ErrExist. A reader sees the old keys or the new ones, never a part.
func writeFile(path string, keys []Key, create bool) (err error) {
	text, err := encode(keys)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if undo := os.Remove(temp.Name()); undo != nil && !errors.Is(undo, fs.ErrNotExist) {
			err = errors.Join(err, undo)
		}
	}()
	_, err = temp.Write(text)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if create {
		return os.Link(temp.Name(), path)
	}
	return os.Rename(temp.Name(), path)
}
