package typeid

import (
	"fmt"
	"io"

	"github.com/google/uuid"
)

// Any is an id as a client sent it: well formed, of a type that only the
// field it was sent to can check. It is the Go type of the GraphQL scalar ID
// in arguments and inputs.
type Any struct {
	prefix string
	uuid   uuid.UUID
}

// Parse reads any TypeID; the error is a *ParseError.
func Parse(s string) (Any, error) {
	prefix, u, err := split(s)
	return Any{prefix, u}, err
}

// AnyUser returns a user's id as one of any type.
func AnyUser(id User) Any { return Any{userKind{}.prefix(), id.UUID()} }

// String returns the TypeID.
func (id Any) String() string { return string(encode([]byte(id.prefix+"_"), id.uuid)) }

// Type returns the prefix: "user", "post", "comment", "tag" or one unknown.
func (id Any) Type() string { return id.prefix }

// UUID returns the id as the stores hold it, whatever its type.
func (id Any) UUID() uuid.UUID { return id.uuid }

// User returns the id of a user; the error is a *ParseError for another type.
func (id Any) User() (out User, err error) {
	err = id.as("user", (*uuid.UUID)(&out.ID))
	return out, err
}

// Post returns the id of a post; the error is a *ParseError for another type.
func (id Any) Post() (out Post, err error) {
	err = id.as("post", (*uuid.UUID)(&out.ID))
	return out, err
}

// Comment returns the id of a comment; the error is a *ParseError for another
// type.
func (id Any) Comment() (out Comment, err error) {
	err = id.as("comment", (*uuid.UUID)(&out.ID))
	return out, err
}

// Tag returns the id of a tag; the error is a *ParseError for another type.
func (id Any) Tag() (out Tag, err error) {
	err = id.as("tag", (*uuid.UUID)(&out.ID))
	return out, err
}

// Token returns the id of a personal access token; the error is a *ParseError
// for another type.
func (id Any) Token() (out Token, err error) {
	err = id.as("token", (*uuid.UUID)(&out.ID))
	return out, err
}

func (id Any) as(want string, out *uuid.UUID) error {
	if id.prefix != want {
		return &ParseError{Input: id.String(), Want: want, Reason: "this is the id of a " + describe(id.prefix)}
	}
	*out = id.uuid
	return nil
}

// MarshalGQL writes the TypeID as a JSON string.
func (id Any) MarshalGQL(w io.Writer) { _, _ = fmt.Fprintf(w, "%q", id.String()) }

// UnmarshalGQL reads a TypeID of any type.
func (id *Any) UnmarshalGQL(v any) error {
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
