package publicid

import (
	"fmt"
	"io"

	"github.com/google/uuid"
)

// Any is an id as a client sent it: well formed, of a type that only the
// field it was sent to can check.
type Any struct {
	prefix string
	uuid   uuid.UUID
}

// Parse reads any TypeID; the error is a *ParseError.
func Parse(s string) (Any, error) {
	prefix, u, err := split(s)
	return Any{prefix, u}, err
}

// String returns the TypeID.
func (id Any) String() string { return string(encode([]byte(id.prefix+"_"), id.uuid)) }

// Type returns the prefix: that of an entity, or one unknown.
func (id Any) Type() string { return id.prefix }

// UUID returns the id as the stores hold it, whatever its type.
func (id Any) UUID() uuid.UUID { return id.uuid }

// Write writes the TypeID as a JSON string.
func (id Any) Write(w io.Writer) { _, _ = fmt.Fprintf(w, "%q", id.String()) }

// Read reads a TypeID of any type that a client sent; the error is a
// *ParseError.
func (id *Any) Read(v any) error {
	s, ok := v.(string)
	if !ok {
		return &ParseError{Input: fmt.Sprint(v), Reason: "an id is a string"}
	}
	parsed, err := Parse(s)
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
