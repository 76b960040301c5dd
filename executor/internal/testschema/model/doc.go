// Package model is the Go side of the test schema: structs whose values follow from their id alone, so that two executions of one
// operation see the same objects.
package model
