package persisted

import (
	"encoding/json"
	"net/http"
	"time"
)

// Usage is how often one instance was asked for its trusted documents.
type Usage struct {
	Since     time.Time       `json:"since"` // when the instance began to count
	Documents []DocumentUsage `json:"documents"`
}

// DocumentUsage is how often one document was asked for.
type DocumentUsage struct {
	ID     string `json:"id,omitempty"` // as the manifest has it
	SHA256 string `json:"sha256"`       // of the text, in hexadecimal digits
	Name   string `json:"name,omitempty"`
	Place  string `json:"place"` // file and line
	Used   int64  `json:"used"`
}

// Key tells one document from another: the same on all instances.
func (d DocumentUsage) Key() string {
	if d.ID != "" {
		return d.ID
	}
	return "sha256:" + d.SHA256
}

// Usage returns the numbers of the documents in force. They go on when the
// manifest is read again.
func (p *Persisted) Usage() Usage {
	u := Usage{Since: p.since, Documents: []DocumentUsage{}}
	if m := p.trusted.Load(); m != nil {
		for _, e := range m.Entries {
			u.Documents = append(u.Documents, DocumentUsage{e.ID, e.hash, e.Name, e.Place, e.Used()})
		}
	}
	return u
}

// ServeUsage answers with Usage as JSON.
func (p *Persisted) ServeUsage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(p.Usage()) // who asked is gone
}

// carry lets the documents of m go on counting where those before them are.
func (m *Manifest) carry(before *Manifest) {
	if before == nil {
		return
	}
	for _, e := range m.Entries {
		old := before.byID(e.ID)
		if e.ID == "" {
			old = before.byHash(e.hash)
		}
		if old != nil && old.hash == e.hash {
			e.used.Store(old.used.Load())
		}
	}
}
