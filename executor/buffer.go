package executor

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

type bufferKey struct{}

// WithBuffer lends a buffer to the operation that runs with the context: its answer is written there, from the buffer's start, and the
// response's Data is a part of it. Afterwards the buffer is at least as large as the answer, so a pool of buffers avoids making a new one
// for each answer. Before the buffer is used again, its owner must have finished with Data or copied it. It may be lent to only one
// operation at a time. Subscriptions do not use it, because they answer more than once.
func WithBuffer(ctx context.Context, buffer *[]byte) context.Context {
	return context.WithValue(ctx, bufferKey{}, buffer)
}

// BufferValue returns what a context made by WithBuffer has under this key, or nil. It is for a context that carries a buffer among other
// things.
func BufferValue(buffer *[]byte, key any) any {
	if key == (bufferKey{}) && buffer != nil {
		return buffer
	}
	return nil
}

// newAnswer returns the writer of the whole answer, into the lent buffer if there is one.
func (x *execution) newAnswer() *writer {
	lent, ok := x.Value(bufferKey{}).(*[]byte)
	if !ok || lent == nil || x.op.Operation.Operation == ast.Subscription {
		return x.newWriter()
	}
	w := &writer{x: x, lent: lent}
	w.Buf = (*lent)[:0]
	if size := int(x.plan.guess()); cap(w.Buf) < size {
		w.Buf = make([]byte, 0, size+size/8)
	}
	return w
}
