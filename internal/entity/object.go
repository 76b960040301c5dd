package entity

// Object is an entity that is a type of the GraphQL schema, as the type is to
// be. ent/table, which is generated, has one of each.
type Object struct {
	Name    string // of the type, and of the entity
	Called  string // by messages
	Article string // "A" or "An", of what it is called
	Plural  string // of the name
	ID      string // the type of its ids in package typeid
	// Listed is set where connections hold it, and List is the type of its list
	// in package query where that is generated.
	Listed  bool
	List    string
	Counted int // rows that counts of a level look at, for their price
	Members []Member
}

// Member is what a field of the type is made of.
type Member struct {
	Name string // of the field
	Kind Kind
	// Scalar is the GraphQL type of a column; "" for an enum.
	Scalar string
	// Enum is the Go type of an enum, with Values as what it may be.
	Enum   string
	Values []string
	// Target is the entity at the other end of an edge, and Many is set where
	// there are several.
	Target string
	Many   bool
	// Null is set for what may be missing.
	Null bool
	// List is the type in package query of the list that an edge stands for, where
	// that is generated.
	List string
	// Key is the Go field that holds the id of an edge's object; "" where it is
	// in the other table.
	Key string
}

// Kind tells members apart.
type Kind int

// The kinds.
const (
	// Column is read from the row as it is.
	Column Kind = iota
	// Edge leads to other objects.
	Edge
	// Computed is what entity.Field names: the resolver says how.
	Computed
)

// Member returns a member by its name, or nil.
func (o *Object) Member(name string) *Member {
	for i := range o.Members {
		if o.Members[i].Name == name {
			return &o.Members[i]
		}
	}
	return nil
}
