package account

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/accesstoken"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/predicate"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/page"
)

// Tokens returns the viewer's personal access tokens that hold, the oldest
// first.
func (a *Accounts) Tokens(ctx context.Context) ([]*ent.AccessToken, error) {
	v, err := auth.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return a.db.Client().AccessToken.Query().Where(accesstoken.UserID(v.ID), accesstoken.ExpiresAtGT(a.now())).Order(accesstoken.ByID()).
		All(database.NameStatements(ctx, "User.accessTokens"))
}

// AuditList is a list of audit events. It is comparable.
type AuditList struct {
	User typeid.User // to whose account; zero for all
}

// AuditOrder is how lists of audit events run: newest first.
func AuditOrder() page.Order { return page.Order{Field: page.CreatedAt, Desc: true} }

// Position returns an event's place in a list.
func (AuditList) Position(_ page.Order, e *ent.AuditEvent) page.Position {
	return page.AtTime(e.CreatedAt, e.ID.UUID())
}

// AuditPage reads one page of audit events for an administrator, in reading
// order and with one row more than wanted: see page.Cut.
func (a *Accounts) AuditPage(ctx context.Context, l AuditList, p page.Page) ([]*ent.AuditEvent, error) {
	if !auth.FromContext(ctx).Administers() {
		return nil, apperr.New(apperr.Forbidden, "only administrators read the audit log")
	}
	query := a.db.Client().AuditEvent.Query().Where(l.where()...).Limit(p.Limit())
	if p.HasAfter {
		query.Where(beyond(sql.OpLT, p.After))
	}
	if p.HasUntil {
		query.Where(beyond(sql.OpGT, p.Before))
	}
	order := sql.OrderAsc()
	if p.Desc() {
		order = sql.OrderDesc()
	}
	return query.Order(auditevent.ByCreatedAt(order), auditevent.ByID(order)).
		All(database.NameStatements(ctx, "Query.auditEvents"))
}

// AuditCount counts a list of audit events for an administrator.
func (a *Accounts) AuditCount(ctx context.Context, l AuditList) (int, error) {
	if !auth.FromContext(ctx).Administers() {
		return 0, apperr.New(apperr.Forbidden, "only administrators read the audit log")
	}
	return a.db.Client().AuditEvent.Query().Where(l.where()...).
		Count(database.NameStatements(ctx, "AuditEventConnection.totalCount"))
}

func (l AuditList) where() []predicate.AuditEvent {
	if l.User.IsZero() {
		return nil
	}
	return []predicate.AuditEvent{auditevent.UserID(l.User)}
}

// beyond is the condition of a cursor, as a row comparison, which the index
// answers by a seek.
func beyond(op sql.Op, at page.Position) predicate.AuditEvent {
	return func(s *sql.Selector) {
		s.Where(sql.P(func(b *sql.Builder) {
			b.WriteString("(").Ident(s.C(auditevent.FieldCreatedAt)).Comma().Ident(s.C(auditevent.FieldID)).WriteString(")")
			b.WriteOp(op).WriteString("(").Arg(at.Value(page.Time)).Comma().Arg(at.ID).WriteString(")")
		}))
	}
}
