package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadinessOnANewerDatabase has a later program migrate the database while
// this one serves.
func TestReadinessOnANewerDatabase(t *testing.T) {
	environ := []string{"WEFT_DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "weft.db")}
	s, _ := started(t, environ...)
	ready := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w
	}
	if w := ready(); w.Code != http.StatusOK {
		t.Fatalf("before: %d %s", w.Code, w.Body)
	}
	_, db := opened(t, environ...)
	const later = "INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (99990101000000, 1, '2026-01-01')"
	if _, err := db.DB().ExecContext(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if w := ready(); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "99990101000000") {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}
