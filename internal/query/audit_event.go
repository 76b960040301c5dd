package query

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/ent/auditevent"
	"github.com/weftql/weft/ent/table"
	"github.com/weftql/weft/ent/typeid"
	"github.com/weftql/weft/internal/page"
)

// AuditEvents are the audit events that the viewer may see.
var AuditEvents = entity(table.AuditEvents, (*Queries).auditEventVisible)

// AuditEventList is a list of audit events.
type AuditEventList struct {
	User typeid.User // the account that they concern; zero for all
}

// AuditEventOrder is the order of lists of audit events: newest first.
func AuditEventOrder() page.Order { return page.Order{Field: page.CreatedAt, Desc: true} }

// Entity implements List.
func (AuditEventList) Entity() *Entity[ent.AuditEvent] { return AuditEvents }

// Nested implements List.
func (AuditEventList) Nested() bool { return false }

// Loaders implements List.
func (AuditEventList) Loaders() (pages, counts string) { return "AuditEvents", "AuditEventCount" }

func (AuditEventList) columns(page.Order) Columns { return table.AuditEventCreatedAt }

func (AuditEventList) sources(page.Order) []source { return []source{{table: auditevent.Table}} }

// Position implements List.
func (AuditEventList) Position(_ page.Order, e *ent.AuditEvent) page.Position {
	return page.AtTime(e.CreatedAt, e.ID.UUID())
}

func (l AuditEventList) statement(q *Queries, _ page.Order) list {
	alias := AuditEvents.Alias
	by := order{alias + ".created_at", alias + ".id"}
	return list{from: AuditEvents.Name + " " + alias, order: by, outer: by, where: func(b *builder) {
		if !l.User.IsZero() {
			b.and(alias, ".user_id = ").id(Key(l.User.ID))
		}
		q.auditEventVisible(b)
	}}
}
