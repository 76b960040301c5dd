package operation

import (
	"context"
	"slices"
)

// Handler answers an operation by handing its responses to send, in order and
// from one goroutine, and returns after the last one. It is an iterator over
// responses (iter.Seq) that is given what it needs. A handler that sends
// nothing was stopped: by then the context has ended.
//
// What is put into ctx holds for all that comes later.
type Handler func(ctx context.Context, op *Operation, send Send)

// Send takes the next response and reports whether more are wanted. The
// response belongs to whoever receives it, and so do its slices and maps, but
// for the data if the operation has a buffer.
type Send func(*Response) bool

// Step adds something to the way of an operation. It may change the operation
// and the context before it calls the handler that it is given, answer by
// itself, or look at each response by a Send of its own.
type Step func(Handler) Handler

// Chain is the handler that takes the steps in the order given and then last.
func Chain(last Handler, steps ...Step) Handler {
	for _, step := range slices.Backward(steps) {
		last = step(last)
	}
	return last
}

// Check is a step that refuses operations: those for which it returns a
// response go no further.
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

// Identify is the step that says who is asking.
func Identify(caller func(context.Context) Caller) Step {
	return Check(func(ctx context.Context, op *Operation) *Response {
		op.Caller = caller(ctx)
		return nil
	})
}
