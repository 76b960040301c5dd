// Package idempotency lets a client send a mutation again and have it happen
// once: the step reads the header Idempotency-Key, and the store keeps what the
// mutation answered, in the transaction of its writes.
//
// It knows no types of the schema: what is kept and how an answer is made of it
// again is in graph, behind the directive @idempotent.
package idempotency
