// Package consistency is the step that says how new what an operation reads has
// to be: by the header Consistency-Token, which a client gets with an answer to
// a write and sends with what must see it, and else by who asks.
//
// It chooses no database: that is internal/replica.
package consistency

import (
	"context"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/position"
)

// Header carries a token, both ways.
const Header = "Consistency-Token"

// Step returns the step. It comes after the operation is chosen and its caller
// known.
func Step(tokens *Tokens) operation.Step {
	return func(next operation.Handler) operation.Handler {
		return func(ctx context.Context, op *operation.Operation, send operation.Send) {
			var need position.Position
			if given := op.Header[Header]; len(given) > 0 {
				var ok bool
				if need, ok = tokens.read(given); !ok {
					send(operation.Refuse(operation.Errorf(apperr.BadUserInput,
						"the header Consistency-Token is not one that this server gave: send the latest one as it came, or none")))
					return
				}
			}
			switch op.Type() {
			case ast.Query:
				switch {
				case !need.IsZero():
					op.Reading.From(need)
				case op.Caller.Anonymous():
					op.Reading.Anywhere()
				default:
					op.Reading.Fresh()
				}
			case ast.Mutation:
				op.Writes = &position.Recorder{}
				send = tokens.giving(op.Writes, need, send)
			}
			next(ctx, op, send)
		}
	}
}

// giving adds the token of what was written, or of what the client knew, which
// ever is later.
func (t *Tokens) giving(writes *position.Recorder, known position.Position, send operation.Send) operation.Send {
	return func(r *operation.Response) bool {
		last := writes.Last()
		if last.IsZero() {
			return send(r)
		}
		if known.Compare(last) > 0 && known.Timeline == last.Timeline {
			last = known
		}
		header := http.Header{}
		if r.Header != nil {
			header = r.Header.Clone()
		}
		header.Set(Header, t.write(last))
		r.Header = header
		return send(r)
	}
}
