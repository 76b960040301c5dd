package typeid

import (
	"fmt"
	"io"

	"github.com/google/uuid"
)

type (
	userKind    struct{}
	postKind    struct{}
	commentKind struct{}
	tagKind     struct{}
	tokenKind   struct{}
	eventKind   struct{}
)

func (userKind) prefix() string    { return "user" }
func (postKind) prefix() string    { return "post" }
func (commentKind) prefix() string { return "comment" }
func (tagKind) prefix() string     { return "tag" }
func (tokenKind) prefix() string   { return "token" }
func (eventKind) prefix() string   { return "event" }

// describe names the type behind a prefix for an error message.
func describe(prefix string) string {
	switch prefix {
	case "user", "post", "comment", "tag":
		return prefix
	case "token":
		return "personal access token"
	case "event":
		return "audit event"
	default:
		return fmt.Sprintf("%q, a type that does not exist", prefix)
	}
}

// User is the id of a user, "user_…" outside.
type User struct{ ID[userKind] }

// Post is the id of a post, "post_…" outside.
type Post struct{ ID[postKind] }

// Comment is the id of a comment, "comment_…" outside.
type Comment struct{ ID[commentKind] }

// Tag is the id of a tag, "tag_…" outside.
type Tag struct{ ID[tagKind] }

// Token is the id of a personal access token, "token_…" outside. It is no
// secret.
type Token struct{ ID[tokenKind] }

// Event is the id of an audit event, "event_…" outside.
type Event struct{ ID[eventKind] }

// NewUser returns a new id, later than all made before it on this machine.
func NewUser() User { return User{newID[userKind]()} }

// NewPost returns a new id, later than all made before it on this machine.
func NewPost() Post { return Post{newID[postKind]()} }

// NewComment returns a new id, later than all made before it on this machine.
func NewComment() Comment { return Comment{newID[commentKind]()} }

// NewTag returns a new id, later than all made before it on this machine.
func NewTag() Tag { return Tag{newID[tagKind]()} }

// NewToken returns a new id, later than all made before it on this machine.
func NewToken() Token { return Token{newID[tokenKind]()} }

// NewEvent returns a new id, later than all made before it on this machine.
func NewEvent() Event { return Event{newID[eventKind]()} }

// UserFrom makes a user's id of a UUID.
func UserFrom(u uuid.UUID) User { return User{ID[userKind](u)} }

// PostFrom makes a post's id of a UUID.
func PostFrom(u uuid.UUID) Post { return Post{ID[postKind](u)} }

// CommentFrom makes a comment's id of a UUID.
func CommentFrom(u uuid.UUID) Comment { return Comment{ID[commentKind](u)} }

// TagFrom makes a tag's id of a UUID.
func TagFrom(u uuid.UUID) Tag { return Tag{ID[tagKind](u)} }

func newID[K kind]() ID[K] { return ID[K](uuid.Must(uuid.NewV7())) }

// The methods below are gqlgen's scalar interface. It looks for them on the
// named type itself and does not see those of an embedded one.

// MarshalGQL writes the TypeID as a JSON string.
func (id User) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads a user's TypeID.
func (id *User) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

// MarshalGQL writes the TypeID as a JSON string.
func (id Post) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads a post's TypeID.
func (id *Post) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

// MarshalGQL writes the TypeID as a JSON string.
func (id Comment) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads a comment's TypeID.
func (id *Comment) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

// MarshalGQL writes the TypeID as a JSON string.
func (id Tag) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads a tag's TypeID.
func (id *Tag) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

// MarshalGQL writes the TypeID as a JSON string.
func (id Token) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads a personal access token's TypeID.
func (id *Token) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

// MarshalGQL writes the TypeID as a JSON string.
func (id Event) MarshalGQL(w io.Writer) { marshal(w, id.ID) }

// UnmarshalGQL reads an audit event's TypeID.
func (id *Event) UnmarshalGQL(v any) error { return unmarshal(v, &id.ID) }

func marshal[K kind](w io.Writer, id ID[K]) {
	// A failed write shows when the response is sent; gqlgen's interface has no
	// place for it here.
	_, _ = w.Write(id.AppendGQL(make([]byte, 0, 48)))
}

func unmarshal[K kind](v any, id *ID[K]) error {
	s, ok := v.(string)
	if !ok {
		var k K
		return &ParseError{Input: fmt.Sprint(v), Want: k.prefix(), Reason: "an id is a string"}
	}
	return id.parse(s)
}
