// Package model holds the Go types of the GraphQL schema that are no entities:
// connections, edges, scalars, and, generated, inputs and payloads. It decides
// nothing and reads nothing.
package model

// Node is a *ent.User, *ent.Post, *ent.Comment or *ent.Tag.
type Node any

// SearchResult is a *ent.Post, *ent.User or *ent.Tag.
type SearchResult any
