package persisted

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/weftql/weft/internal/operation"
)

// Entry is one trusted document.
type Entry struct {
	ID    string // as the manifest has it; "" in a folder, where the hash is the id
	Name  string // of its operation, if the manifest says it
	Text  string
	Place string // file and line, for messages

	hash     string // of the text
	document *operation.Document
	used     atomic.Int64
}

// Used is how often the document was asked for since the instance started.
func (e *Entry) Used() int64 { return e.used.Load() }

// Manifest is a set of trusted documents.
type Manifest struct {
	Entries []*Entry
	ids     map[string]*Entry
	hashes  map[string]*Entry
}

func (m *Manifest) byID(id string) *Entry {
	if m == nil {
		return nil
	}
	return m.ids[id]
}

func (m *Manifest) byHash(hash string) *Entry {
	if m == nil || hash == "" {
		return nil
	}
	return m.hashes[hash]
}

// named is the document with an id, or else with a hash.
func (m *Manifest) named(name string) *Entry {
	if e := m.byID(name); e != nil {
		return e
	}
	return m.byHash(name)
}

const (
	// maxManifest bounds a manifest, in bytes.
	maxManifest = 64 << 20
	// maxEntries bounds its documents.
	maxEntries = 100_000
)

// Read reads a manifest: Apollo's (apollo-persisted-query-manifest, version 1),
// a map from ids to texts as Relay's compiler writes it, a folder of .graphql
// files, of which each is one document, or one such file.
func Read(path string) (*Manifest, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var entries []*Entry
	if info.IsDir() {
		entries, err = readFolder(path)
	} else {
		entries, err = readFile(path, info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return newManifest(entries)
}

func readFile(path string, size int64) ([]*Entry, error) {
	if size > maxManifest {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are taken", path, size, maxManifest)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".graphql") {
		return []*Entry{{Text: string(text), Place: path + ":1"}}, nil
	}
	return parseManifest(path, text)
}

// parseManifest reads either form of JSON.
func parseManifest(path string, text []byte) ([]*Entry, error) {
	var apollo struct {
		Format     string `json:"format"`
		Version    int    `json:"version"`
		Operations []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			Body string `json:"body"`
		} `json:"operations"`
	}
	var probe map[string]json.RawMessage
	if err := json.Unmarshal(text, &probe); err != nil {
		return nil, fmt.Errorf("%s: %w", place(path, text, err), err)
	}
	if _, isApollo := probe["format"]; !isApollo {
		return parseMap(path, text)
	}
	if err := json.Unmarshal(text, &apollo); err != nil {
		return nil, fmt.Errorf("%s: %w", place(path, text, err), err)
	}
	if apollo.Format != "apollo-persisted-query-manifest" || apollo.Version != 1 {
		return nil, fmt.Errorf("%s: want format apollo-persisted-query-manifest and version 1, not %q and %d", path, apollo.Format, apollo.Version)
	}
	finder := lineFinder{text: text}
	entries := make([]*Entry, 0, len(apollo.Operations))
	for i, o := range apollo.Operations {
		e := &Entry{ID: o.ID, Name: o.Name, Text: o.Body, Place: fmt.Sprintf("%s:%d", path, finder.line(o.ID))}
		if o.ID == "" || o.Body == "" {
			return nil, fmt.Errorf("%s: operations.%d: id and body are needed", path, i)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// parseMap reads Relay's form.
func parseMap(path string, text []byte) ([]*Entry, error) {
	var entries []*Entry
	line, counted := 1, 0
	members := json.NewDecoder(bytes.NewReader(text))
	_, _ = members.Token() // the brace; the caller has read the whole once
	for members.More() && len(entries) <= maxEntries {
		id, _ := members.Token()
		end := int(members.InputOffset())
		line += bytes.Count(text[counted:end], []byte{'\n'})
		counted = end
		e := &Entry{Place: fmt.Sprintf("%s:%d", path, line)}
		e.ID, _ = id.(string)
		if err := members.Decode(&e.Text); err != nil {
			return nil, fmt.Errorf("%s: %.80q: want a map from ids to texts, or Apollo's manifest: %w", e.Place, e.ID, err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *Entry) int { return cmp.Compare(a.ID, b.ID) })
	return entries, nil
}

// place is the file and line of a fault in JSON.
func place(path string, text []byte, err error) string {
	offset := int64(-1)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = wrong.Offset
	}
	if offset < 0 || offset > int64(len(text)) {
		return path
	}
	return fmt.Sprintf("%s:%d", path, 1+bytes.Count(text[:offset], []byte{'\n'}))
}

// lineFinder finds ids that come in the order of the file.
type lineFinder struct {
	text []byte
	at   int
	seen int // lines before at
}

func (f *lineFinder) line(id string) int {
	found := bytes.Index(f.text[f.at:], []byte(`"`+id+`"`))
	if found > 0 {
		f.seen += bytes.Count(f.text[f.at:f.at+found], []byte{'\n'})
		f.at += found
	}
	return f.seen + 1
}

func readFolder(dir string) ([]*Entry, error) {
	var entries []*Entry
	size := int64(0)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".graphql") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if size += info.Size(); size > maxManifest || len(entries) >= maxEntries {
			return fmt.Errorf("%s: more than %d bytes or %d documents", dir, maxManifest, maxEntries)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		entries = append(entries, &Entry{Text: string(text), Place: path + ":1"})
		return nil
	})
	return entries, err
}

// newManifest refuses two texts under one id.
func newManifest(entries []*Entry) (*Manifest, error) {
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("the manifest has more than %d documents", maxEntries)
	}
	m := &Manifest{ids: make(map[string]*Entry, len(entries)), hashes: make(map[string]*Entry, len(entries))}
	for _, e := range entries {
		if known := m.ids[e.ID]; e.ID != "" && known != nil {
			if known.Text != e.Text {
				return nil, fmt.Errorf("%s: the id %.80q is that of another document at %s", e.Place, e.ID, known.Place)
			}
			continue
		}
		if e.ID != "" {
			m.ids[e.ID] = e
		}
		e.hash = sum(e.Text)
		if m.hashes[e.hash] == nil {
			m.hashes[e.hash] = e
		}
		m.Entries = append(m.Entries, e)
	}
	return m, nil
}
