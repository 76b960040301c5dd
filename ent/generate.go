// Package ent is the generated client of the stores, and what else follows from
// the entities. Only this file and the schema folder are written by hand.
package ent

//go:generate go run ../internal/entity/generate
