package operation

import (
	"context"
	"slices"
)

// Handler answers an operation. It passes its responses to send, in order and
// from one goroutine, and returns after the last one. It is an iterator over
// responses (iter.Seq) that is given what it needs. A handler that sends
// nothing was stopped: its context has ended by then.
//
// What a handler puts into ctx is visible to everything that comes later.
type Handler func(ctx context.Context, op *Operation, send Send)

// Send takes the next response and reports whether more are wanted. The
// response and its slices and maps belong to the receiver, except for the data
// if the operation has a buffer.
type Send func(*Response) bool

// Step adds something to the path of an operation. It may change the operation
// and the context before it calls the handler that it is given, answer by
// itself, or look at each response with a Send of its own.
type Step func(Handler) Handler

// Chain returns the handler that goes through the steps in the given order and
// then calls last.
func Chain(last Handler, steps ...Step) Handler {
	for _, step := range slices.Backward(steps) {
		last = step(last)
	}
	return last
}

// Check is a step that refuses operations: if check returns a response, that is
// the answer and the operation goes no further.
func Check(check func(context.Context, *Operation) *Response) Step {
	return func(next Handler) Handler {
		return func(ctx context.Context, op *Operation, send Send) {
			if refused := check(ctx, op); refused != nil {
				send(refused)
				return
			}
			next(ctx, op, send)
		}
	}
}

// Identify is the step that finds out who is asking.
func Identify(caller func(context.Context) Caller) Step {
	return Check(func(ctx context.Context, op *Operation) *Response {
		op.Caller = caller(ctx)
		return nil
	})
}
