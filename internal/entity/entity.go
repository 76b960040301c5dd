// Package entity holds the annotations by which the entities of ent/schema say
// what ent does not know: what a client calls them, what their fields are made
// of. internal/entity/generate makes code of them; no other code reads them.
package entity

import "entgo.io/ent/schema"

// Name is what the annotation of an entity is filed under.
const Name = "Weft"

// Annotation is what an entity says of itself.
type Annotation struct {
	// Called is what messages call it; its name in lower case when empty.
	Called string `json:"called,omitempty"`
	// Node is set for an entity that is a type of the GraphQL schema.
	Node bool `json:"node,omitempty"`
	// List is the Go type of its lists, where it stands in connections.
	List string `json:"list,omitempty"`
	// Under is the edge under whose objects the rows are listed, if any: List is
	// then generated.
	Under string `json:"under,omitempty"`
	// Counted is how many rows counts of such lists look at in a level, for their
	// price; DefaultCounted when 0.
	Counted int `json:"counted,omitempty"`
	// Announced is set where the change feed tells of changes of its rows.
	Announced bool `json:"announced,omitempty"`
	// Counter is a column that changes often and by itself, if any.
	Counter string `json:"counter,omitempty"`
	// Fields are the fields of that type that are neither a column nor an edge.
	Fields []FieldOf `json:"fields,omitempty"`
}

// FieldOf says which columns a field is computed from.
type FieldOf struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns,omitempty"`
}

// Called names the entity for messages to clients, such as "personal access
// token". It takes a literal, because it is read before the schema compiles.
func Called(name string) Annotation { return Annotation{Called: name} }

// Node makes the entity a type of the GraphQL schema, of the same name: its
// rows are read by internal/query, and `node` finds them. Fields of that type
// bind to columns and edges of the same name; the others are listed.
func Node(fields ...FieldOf) Annotation { return Annotation{Node: true, Fields: fields} }

// List makes connections and edges of the entity. It takes the Go type of the
// lists, which tells where a list starts and what it leaves out, such as
// "query.PostList" of internal/query.
func List(goType string) Annotation { return Annotation{List: goType} }

// ListUnder makes a list of the entity's rows for each object that one of its
// edges leads to, newest first by created_at, with connections and edges.
// ListUnder("user") of Bookmark is query.BookmarksOfUser, and makes User.bookmarks
// a field that may stand in the schema.
func ListUnder(edge string) Annotation { return Annotation{Under: edge} }

// DefaultCounted is where a count of one list stops: query.MaxCount.
const DefaultCounted = 10_000

// Counted says how many rows all the counts of a level look at, as a rule, where
// lists of the entity are short: they may cost so much less.
func Counted(rows int) Annotation { return Annotation{Counted: rows} }

// Announced has the change feed tell of changes of the entity's rows, so that
// caches may keep what is read of them. Its table needs a trigger too, for
// writes of other programs: see migrations/postgres/*_announce.sql.
func Announced() Annotation { return Annotation{Announced: true} }

// Counter names a column of an announced entity that changes often and by itself,
// as a number of votes does. What caches keep of its rows without that column
// stays good then.
func Counter(column string) Annotation { return Annotation{Counter: column} }

// Field says which columns a field is computed from; none when the id is
// enough.
func Field(name string, columns ...string) FieldOf { return FieldOf{name, columns} }

// Name implements schema.Annotation.
func (Annotation) Name() string { return Name }

// Merge implements schema.Merger.
func (a Annotation) Merge(other schema.Annotation) schema.Annotation {
	b, ok := other.(Annotation)
	if !ok {
		return a
	}
	if b.Called != "" {
		a.Called = b.Called
	}
	if b.List != "" {
		a.List = b.List
	}
	if b.Under != "" {
		a.Under = b.Under
	}
	if b.Counted != 0 {
		a.Counted = b.Counted
	}
	if b.Counter != "" {
		a.Counter = b.Counter
	}
	a.Node = a.Node || b.Node
	a.Announced = a.Announced || b.Announced
	a.Fields = append(a.Fields, b.Fields...)
	return a
}
