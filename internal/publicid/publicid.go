// Package publicid holds what the ids of all entities share: a UUID v7 in the
// stores, and outside a TypeID such as "post_01h455vb4pex5vsknk084sn02q" that
// tells its type (https://github.com/jetify-com/typeid, specification 0.3.0).
//
// The id types themselves are generated from the entities, in ent/typeid. The
// package knows no entities and no tables.
package publicid

import (
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// Kind is what tells one id type from another.
type Kind interface {
	// Prefix returns what the TypeID begins with: "post".
	Prefix() string
	// Describe names the type behind any prefix, for messages.
	Describe(prefix string) string
}

// ID is a UUID of one kind.
type ID[K Kind] uuid.UUID

// New returns a new id, later than all made before it on this machine.
func New[K Kind]() ID[K] { return ID[K](uuid.Must(uuid.NewV7())) }

// UUID returns the id as the stores hold it.
func (id ID[K]) UUID() uuid.UUID { return uuid.UUID(id) }

// IsZero reports whether the id was never set.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// String returns the TypeID.
func (id ID[K]) String() string { return string(id.append(nil)) }

func (id ID[K]) append(dst []byte) []byte {
	var k K
	return encode(append(append(dst, k.Prefix()...), '_'), uuid.UUID(id))
}

// AppendGQL appends the id as a JSON string.
func (id ID[K]) AppendGQL(dst []byte) []byte {
	return append(id.append(append(dst, '"')), '"')
}

// Write writes the TypeID as a JSON string.
func (id ID[K]) Write(w io.Writer) {
	// A failed write shows when the response is sent; gqlgen's interface has no
	// place for it here.
	_, _ = w.Write(id.AppendGQL(make([]byte, 0, 48)))
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

// Read reads the TypeID that a client sent; the error is a *ParseError.
func (id *ID[K]) Read(v any) error {
	s, ok := v.(string)
	if !ok {
		var k K
		return &ParseError{Input: fmt.Sprint(v), Want: k.Prefix(), Reason: "an id is a string"}
	}
	a, err := Parse(s)
	if err != nil {
		return err
	}
	return id.Take(a)
}

// Take sets the id to one that was sent; the error is a *ParseError for an id
// of another type.
func (id *ID[K]) Take(a Any) error {
	var k K
	if a.prefix != k.Prefix() {
		return &ParseError{Input: a.String(), Want: k.Prefix(), Reason: "this is the id of a " + k.Describe(a.prefix)}
	}
	*id = ID[K](a.uuid)
	return nil
}

// Any returns the id as one of any type.
func (id ID[K]) Any() Any {
	var k K
	return Any{k.Prefix(), uuid.UUID(id)}
}
