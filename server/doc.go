// Package server is Weft's http.Handler: routes, the order of middleware, the
// GraphQL-over-HTTP transport, probes, and the listeners that start and stop
// without dropping a request.
//
// It decodes operations and encodes responses. What happens in between is the
// work of an operation.Handler, so the package knows no type of the schema, no
// execution and no database.
package server
