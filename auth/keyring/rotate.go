package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// Generate adds a pending key to the file. It makes a missing file, with an
// active key beside the pending one.
func Generate(path string, now time.Time) ([]Key, error) {
	made, err := create(path, now)
	if err == nil || !errors.Is(err, fs.ErrExist) {
		return made, err
	}
	return change(path, func(keys []Key) ([]Key, error) {
		fresh, err := newKey(now)
		return append(keys, fresh), err
	})
}

// List returns the file's keys in the order that they were made.
func List(path string) ([]Key, error) {
	keys, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// Rotate makes the oldest pending key active and the active one retiring,
// drops keys that have been retiring for Retention, and adds a pending key, so
// that the next rotation again activates a key that everyone knows.
func Rotate(path string, now time.Time) ([]Key, error) {
	return change(path, func(keys []Key) ([]Key, error) { return rotate(keys, now) })
}

func rotate(keys []Key, now time.Time) ([]Key, error) {
	fresh, err := newKey(now)
	if err != nil {
		return nil, err
	}
	keys = append(slices.Clone(keys), fresh)
	keys = slices.DeleteFunc(keys, func(k Key) bool {
		return k.State == Retiring && now.Sub(k.Since) > Retention
	})
	next := slices.IndexFunc(keys, func(k Key) bool { return k.State == Pending })
	for i, k := range keys {
		switch {
		case k.State == Active:
			keys[i] = keyFrom(k.private, Retiring, now)
		case i == next:
			keys[i] = keyFrom(k.private, Active, now)
		}
	}
	if !slices.ContainsFunc(keys, func(k Key) bool { return k.State == Pending }) {
		another, err := newKey(now)
		if err != nil {
			return nil, err
		}
		keys = append(keys, another)
	}
	return keys, nil
}

// create makes the file with an active and a pending key; one that exists is
// fs.ErrExist.
func create(path string, now time.Time) ([]Key, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	active, err := newKey(now)
	if err != nil {
		return nil, err
	}
	pending, err := newKey(now)
	if err != nil {
		return nil, err
	}
	keys := []Key{keyFrom(active.private, Active, now), pending}
	if err := writeFile(path, keys, true); err != nil {
		return nil, fmt.Errorf("make key file: %w", err)
	}
	return keys, nil
}

// change replaces the file's keys by what fn makes of them. A second change at
// the same time is refused. The system releases the lock of a process that dies;
// the file of the lock stays, for whoever removed it could remove that of another.
func change(path string, fn func([]Key) ([]Key, error)) (keys []Key, err error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("change keys: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("change keys: another change is under way (it holds %s)", lock.Path())
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if keys, err = readFile(path); err != nil {
		return nil, fmt.Errorf("change keys: %w", err)
	}
	if keys, err = fn(keys); err != nil {
		return nil, fmt.Errorf("change keys: %w", err)
	}
	if err := writeFile(path, keys, false); err != nil {
		return nil, fmt.Errorf("change keys: %w", err)
	}
	return keys, nil
}
