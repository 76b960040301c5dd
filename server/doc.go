// Package server is Weft's http.Handler: routes, the order of middleware, the
// GraphQL-over-HTTP transport, probes, and the listeners that start and stop
// without dropping a request.
//
// It decodes operations and encodes responses. What is between is an
// operation.Handler that it is given, so it knows no type of the schema, no
// execution and no database.
package server
