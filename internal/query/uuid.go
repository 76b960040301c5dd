package query

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// uuidScanner reads a UUID of either store.
type uuidScanner struct{ key Key }

// Scan reads SQLite's text.
func (s *uuidScanner) Scan(src any) error { return (*uuid.UUID)(&s.key).Scan(src) }

// ScanUUID reads PostgreSQL's binary form.
func (s *uuidScanner) ScanUUID(v pgtype.UUID) error {
	s.key = v.Bytes
	return nil
}
