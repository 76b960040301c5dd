package model

import (
	"github.com/weftql/weft/ent"
	"github.com/weftql/weft/internal/account"
	"github.com/weftql/weft/internal/page"
)

// AuditEventConnection is one page of audit events.
type AuditEventConnection struct {
	Nodes []*ent.AuditEvent
	Info  page.Info
	Of    page.List // what its cursors belong to
	List  account.AuditList
}

// Cursor returns the cursor of row i.
func (c *AuditEventConnection) Cursor(i int) string {
	return account.AuditOrder().Cursor(c.Of, account.AuditPosition(c.Nodes[i]))
}

// PageInfo returns where the page lies.
func (c *AuditEventConnection) PageInfo() *PageInfo { return pageInfo(c.Info, len(c.Nodes), c.Cursor) }

// Edges returns the events with their cursors.
func (c *AuditEventConnection) Edges() []*AuditEventEdge {
	return edges(c.Nodes, func(e *AuditEventEdge, i int) { *e = AuditEventEdge{c, i} })
}

// AuditEventEdge is an audit event in a list.
type AuditEventEdge struct {
	list *AuditEventConnection
	i    int
}

// Cursor returns the event's position.
func (e *AuditEventEdge) Cursor() string { return e.list.Cursor(e.i) }

// Node returns the event.
func (e *AuditEventEdge) Node() *ent.AuditEvent { return e.list.Nodes[e.i] }
