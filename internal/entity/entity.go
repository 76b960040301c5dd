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
}

// Called names the entity for messages to clients, such as "personal access
// token". It takes a literal, because it is read before the schema compiles.
func Called(name string) Annotation { return Annotation{Called: name} }

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
	return a
}
