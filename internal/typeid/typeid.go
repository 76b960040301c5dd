// Package typeid holds the ids of Weft: UUID v7 in the stores, and outside a
// TypeID such as "post_01h455vb4pex5vsknk084sn02q" that tells its type
// (https://github.com/jetify-com/typeid, specification 0.3.0).
//
// Each entity has an id type of its own, so that the compiler refuses a post's
// id where a user's is wanted. The package knows no tables.
package typeid

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// kind is what tells one id type from another: its TypeID prefix.
type kind interface{ prefix() string }

// ID is a UUID of one kind. The named types below embed it.
type ID[K kind] uuid.UUID

// UUID returns the id as the stores hold it.
func (id ID[K]) UUID() uuid.UUID { return uuid.UUID(id) }

// IsZero reports whether the id was never set.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// String returns the TypeID.
func (id ID[K]) String() string { return string(id.append(nil)) }

func (id ID[K]) append(dst []byte) []byte {
	var k K
	return encode(append(append(dst, k.prefix()...), '_'), uuid.UUID(id))
}

// AppendGQL appends the id as a JSON string.
func (id ID[K]) AppendGQL(dst []byte) []byte {
	return append(id.append(append(dst, '"')), '"')
}

// Value gives the stores the 36-character form of the UUID.
func (id ID[K]) Value() (driver.Value, error) { return uuid.UUID(id).String(), nil }

// Scan reads a UUID from a store.
func (id *ID[K]) Scan(src any) error { return (*uuid.UUID)(id).Scan(src) }

// UUIDValue lets pgx send the id in binary form.
func (id ID[K]) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: id, Valid: true}, nil
}

// ScanUUID lets pgx read the id in binary form.
func (id *ID[K]) ScanUUID(v pgtype.UUID) error {
	if !v.Valid {
		return fmt.Errorf("scan NULL into %T", id)
	}
	*id = v.Bytes
	return nil
}

// parse reads a TypeID of this kind.
func (id *ID[K]) parse(s string) error {
	var k K
	found, u, err := split(s)
	if err != nil {
		return err
	}
	if found != k.prefix() {
		return &ParseError{Input: s, Want: k.prefix(), Reason: "this is the id of a " + describe(found)}
	}
	*id = ID[K](u)
	return nil
}
