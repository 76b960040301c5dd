// Package executor runs the operations of a gqlgen schema breadth-first: each field is resolved once for all objects of its level, by the
// batch resolvers whose interfaces gqlgen generates, and the answer is appended to one buffer. Answers and errors are those of gqlgen's own
// executor.
//
// It works for any schema that gqlgen can generate: the plugin in executor/plugin writes the tables that it needs next to gqlgen's code. It
// knows nothing about transports, databases or the meaning of a schema, and it does not parse or validate operations.
package executor
