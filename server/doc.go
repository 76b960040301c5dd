// Package server is Weft's http.Handler: routes, the order of middleware, the
// GraphQL-over-HTTP transport, document limits, probes, and the listeners that
// start and stop without dropping a request.
//
// It knows no type of the schema and no database. It receives a
// graphql.ExecutableSchema, an error presenter and a function that prepares
// the context of an operation, so that HTTP can be tested with a schema of
// five lines.
package server
