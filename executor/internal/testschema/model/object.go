package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Thing is the union of the same name.
type Thing interface{ IsThing() }

// Rare is the union of the same name.
type Rare interface{ IsRare() }

// Node is the interface of the same name.
type Node interface{ IsNode() }

// Named is the interface of the same name.
type Named interface{ IsNamed() }

// Owned is the interface of the same name.
type Owned interface {
	Node
	IsOwned()
}

// Held is the interface of the same name.
type Held interface{ IsHeld() }

// IsHeld marks implementations.
func (*Post) IsHeld() {}

// Base is embedded by pointer: objects without it panic when read.
type Base struct {
	Nick *string
	Home *Address
}

// User is the object of the same name.
type User struct {
	*Base
	ID             string
	Name           string
	Age            int
	Ratio          float64
	MaybeRatio     *float64
	Big            int64
	Active         bool
	Joined         time.Time
	Seen           *time.Time
	Birth          Date
	Balance        Money
	Savings        *Money
	Color          Color
	Mood           *Color
	Moods          []*Color
	Size           Size
	Tags           []string
	Notes          []*string
	StrictNotes    []*string
	Matrix         [][]int
	Meta           map[string]any
	Any            any
	Email          *string
	Shout          *string
	Token          *Upper
	Profile        Profile
	Address        *Address
	Addresses      []Address
	MaybeAddresses []*Address
	Count          int
	Twin           **User
	Twins          []**User
	Motto          string
	Place          *Address
	Fail           Fault
}

// Fault is how a method misbehaves.
type Fault int

// The faults.
const (
	OK Fault = iota
	Fails
	Panics
	Absent
)

// Title is a method that may panic.
func (u *User) Title() string {
	if u.Fail == Panics {
		panic("title of " + u.ID)
	}
	return "The " + u.Name
}

// Initials is a method that may fail.
func (u *User) Initials() (string, error) {
	if u.Fail == Fails {
		return "", errors.New("no initials for " + u.ID)
	}
	return u.Name[:1], nil
}

// Greeting is a method with a context and arguments.
func (u *User) Greeting(_ context.Context, word string, at *Date) (string, error) {
	switch u.Fail {
	case Fails:
		return "", errors.New("no greeting for " + u.ID)
	case Panics:
		panic("greeting of " + u.ID)
	}
	if at != nil {
		word += at.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s, %s", word, u.Name), nil
}

// Lookup is a method that may have nothing.
func (u *User) Lookup() (string, bool) { return u.Name, u.Fail != Absent }

// Profile is a struct value inside its user.
type Profile struct {
	Bio   string
	Links []string
	Level *int
	User  string
	City  *City
}

// City is below a profile.
type City struct{ Name string }

// Address is the object of the same name.
type Address struct {
	Street *string
	Zip    *int
	User   string
}

// Post is the object of the same name.
type Post struct {
	ID   string
	Name *string
	Nick *string
	Body string
}

// Tag is the object of the same name.
type Tag struct {
	Label string
	Color *Color
}

// Box is an object that its interfaces hold by value.
type Box struct {
	ID    string
	Label string
}

// Cell is an object in lists of lists.
type Cell struct {
	X, Y int
	Mark *string
}

// Chain is the object of the same name.
type Chain struct {
	Value *string
	ID    string
}

// Counter is a mutation's payload.
type Counter struct{ Value int }

// Tick is a subscription's event.
type Tick struct{ N int }

// Page is a connection made of plain structs.
type Page struct {
	Edges []*Edge
	Nodes []*Post
	Total int
	Info  Info
}

// Edge is an element of Page.
type Edge struct {
	Cursor string
	Node   *Post
}

// Info is below Page.
type Info struct {
	More bool
	End  *string
}

// IsThing marks members of the union.
func (*User) IsThing() {}

// IsThing marks members of the union.
func (*Post) IsThing() {}

// IsThing marks members of the union.
func (Box) IsThing() {}

// IsThing marks members of the union.
func (*Cell) IsThing() {}

// IsRare marks members of the union.
func (*Chain) IsRare() {}

// IsRare marks members of the union.
func (Box) IsRare() {}

// IsNode marks implementations.
func (*User) IsNode() {}

// IsNode marks implementations.
func (*Post) IsNode() {}

// IsNode marks implementations.
func (Box) IsNode() {}

// IsNamed marks implementations.
func (*User) IsNamed() {}

// IsNamed marks implementations.
func (*Post) IsNamed() {}

// IsOwned marks implementations.
func (*Post) IsOwned() {}

// IsOwned marks implementations.
func (Box) IsOwned() {}

// NotANumber is a float that JSON does not have.
var NotANumber = math.NaN()
