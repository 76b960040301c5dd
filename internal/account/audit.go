package account

import (
	"context"

	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/typeid"
)

// event is what is worth an audit event. Neither names nor text that a client
// typed go into one: people type passwords into the wrong field.
type event struct {
	action auditevent.Action
	actor  typeid.User // zero: unknown
	user   typeid.User // zero: none
	detail string
}

// record adds an audit event. creator is of the transaction that does what the
// event tells, so that there is not the one without the other.
func (a *Accounts) record(ctx context.Context, creator *ent.AuditEventClient, e event) error {
	create := creator.Create().SetAction(e.action).SetDetail(e.detail).SetCreatedAt(a.now()).SetAddress(address(ctx))
	if !e.actor.IsZero() {
		create.SetActorID(e.actor)
	}
	if !e.user.IsZero() {
		create.SetUserID(e.user)
	}
	return create.Exec(ctx)
}
