// Package telemetry sets up structured logs and carries what identifies a
// request through them: its id and its W3C trace context.
//
// It knows neither HTTP handlers nor GraphQL; whoever serves a request puts it
// in the context, and every log record made with that context names it.
package telemetry
