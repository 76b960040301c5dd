package query

import "slices"

// Keys is an ordered set of keys for which a statement runs. It knows the place
// of each key, so that rows in any order find their place. The zero value is
// empty.
type Keys struct {
	all []Key
	at  map[Key]int32 // nil while there are few
}

// fewKeys is the number of keys up to which looking at each is faster than a
// map.
const fewKeys = 8

// NewKeys returns an empty set with room for n keys.
func NewKeys(n int) *Keys {
	k := &Keys{}
	k.Grow(n)
	return k
}

// Grow makes room for n more keys.
func (k *Keys) Grow(n int) { k.all = slices.Grow(k.all, n) }

// KeysOf returns the set of the given keys.
func KeysOf(keys ...Key) *Keys {
	k := NewKeys(len(keys))
	for _, key := range keys {
		k.Add(key)
	}
	return k
}

// Add adds a key unless it is in the set already, and returns its place.
func (k *Keys) Add(key Key) int {
	if at, ok := k.At(key); ok {
		return at
	}
	at := len(k.all)
	k.all = append(k.all, key)
	switch {
	case k.at != nil:
		k.at[key] = int32(at)
	case len(k.all) > fewKeys:
		k.at = make(map[Key]int32, cap(k.all))
		for i, key := range k.all {
			k.at[key] = int32(i)
		}
	}
	return at
}

// At returns the place of a key and reports whether it is in the set.
func (k *Keys) At(key Key) (int, bool) {
	if k.at != nil {
		at, ok := k.at[key]
		return int(at), ok
	}
	for i := range k.all {
		if k.all[i] == key {
			return i, true
		}
	}
	return 0, false
}

// All returns the keys in the order in which they were added.
func (k *Keys) All() []Key { return k.all }

// Len returns the number of keys.
func (k *Keys) Len() int { return len(k.all) }
