package query

import "github.com/weftql/weft/ent/table"

// AuditEvents are the audit events that the viewer may see.
var AuditEvents = entity(table.AuditEvents, (*Queries).auditEventVisible)
