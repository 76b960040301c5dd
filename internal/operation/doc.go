// Package operation is the path that every GraphQL operation takes, whatever
// transport it came by: an Operation goes through a list of steps to its
// execution, and responses come back: one for a query or mutation, many for a
// subscription.
//
// A Step wraps a Handler, as HTTP middleware does. Each capability is one step,
// and steps know each other only through what the Operation carries. The list
// of steps is written once, in cmd/weft. This package has the steps that need
// only gqlgen (Explain, Execute), and Executor, which lets gqlgen's transports
// send their operations through the same steps.
//
// It knows neither HTTP nor what a schema is about.
package operation
