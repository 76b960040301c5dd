// Package executor runs the operations of a gqlgen schema breadth-first: each field is resolved once for all objects of its level,
// by the batch resolvers that gqlgen generates the interfaces of, and the answer is appended to one buffer. Answers and errors are
// those of gqlgen's own executor.
//
// It is for any schema that gqlgen can generate: the plugin in executor/plugin writes the tables it needs beside gqlgen's code. It
// knows nothing of transports, of databases, or of what a schema is about, and it does not parse or validate operations.
package executor
