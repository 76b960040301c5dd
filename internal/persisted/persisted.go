// Package persisted is where documents are named instead of sent: by their
// hash, as Apollo's automatic persisted queries are, or by the id under which a
// manifest of trusted documents has them. Whatever transport an operation came
// by, its text is found here and nowhere else.
//
// docs/persisted.md is the manual.
package persisted

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// Options configures New.
type Options struct {
	// Modes say what clients may send. The zero value is Off for all.
	Modes Modes

	// Store keeps the documents that clients register; needed for APQ.
	Store Store

	// Prepare parses and validates a trusted document; needed with a manifest.
	Prepare func(context.Context, string) (*operation.Document, error)

	Logger *slog.Logger // nil discards
}

// Persisted finds documents by their names.
type Persisted struct {
	options Options
	trusted atomic.Pointer[Manifest]
	logged  onceEach
	counts  counts
	since   time.Time
}

type counts struct{ hits, misses, faults, registered, refused atomic.Int64 }

// Stats are numbers since the start.
type Stats struct {
	Hits       int64 // names that were found
	Misses     int64 // names that were not known
	Faults     int64 // names that could not be looked up
	Registered int64 // documents that clients registered
	Refused    int64 // documents that a mode did not let pass
}

// New returns the steps Find and Register, without a manifest.
func New(o Options) *Persisted {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Persisted{options: o, since: time.Now()}
}

// Stats returns the numbers for metrics.
func (p *Persisted) Stats() Stats {
	c := &p.counts
	return Stats{c.hits.Load(), c.misses.Load(), c.faults.Load(), c.registered.Load(), c.refused.Load()}
}

// Find is the step that finds the text or the document of an operation that
// names it, and refuses what the mode of the client does not allow. It stands
// before the step that reads the text.
func (p *Persisted) Find(next operation.Handler) operation.Handler {
	return operation.Check(func(ctx context.Context, op *operation.Operation) *operation.Response {
		fault := p.find(ctx, op)
		if fault == nil {
			return nil
		}
		return operation.Refuse(fault)
	})(next)
}

func (p *Persisted) find(ctx context.Context, op *operation.Operation) *gqlerror.Error {
	hash, fault := p.hashOf(op)
	if fault != nil {
		return fault
	}
	client := operation.ClientName(op.Header)
	mode := p.options.Modes.of(client)
	switch {
	case op.DocumentID != "":
		return p.byID(ctx, op, mode)
	case op.Query == "":
		return p.byHash(ctx, op, hash, mode)
	case hash != "" && hash != sum(op.Query):
		return operation.Errorf(apperr.PersistedQueryHashMismatch, "the hash is not that of the document: send its SHA-256")
	}
	return p.byText(ctx, op, hash, client, mode)
}

// byID finds a document by the id of the manifest, or by sha256:HASH.
func (p *Persisted) byID(ctx context.Context, op *operation.Operation, mode Mode) *gqlerror.Error {
	id := op.DocumentID
	hash, isHash := strings.CutPrefix(id, "sha256:")
	isHash = isHash && validHash(hash)
	hash = strings.ToLower(hash)
	entry := p.trusted.Load().byID(id)
	if entry == nil && isHash {
		entry = p.trusted.Load().byHash(hash)
	}
	switch {
	case op.Query != "" && mode == IDOnly:
		return p.refuse(apperr.PersistedQueryIDRequired, "send the document's id alone, without its text")
	case entry != nil && op.Query != "" && op.Query != entry.Text, entry == nil && isHash && op.Query != "" && hash != sum(op.Query):
		return operation.Errorf(apperr.PersistedQueryHashMismatch, "documentId names another document than the one that was sent")
	case entry != nil:
		p.take(op, entry)
		return nil
	case op.Query != "":
		return operation.Errorf(apperr.BadUserInput, "documentId: there is no such document; send either its id or its text")
	case isHash && mode.registers():
		return p.byHash(ctx, op, hash, mode)
	case mode == Off:
		return notSupported()
	}
	p.counts.misses.Add(1)
	return operation.Errorf(apperr.PersistedQueryNotFound, "documentId: there is no document with this id")
}

// byHash finds a document by its hash: a trusted one, or one that a client has
// registered.
func (p *Persisted) byHash(ctx context.Context, op *operation.Operation, hash string, mode Mode) *gqlerror.Error {
	if entry := p.trusted.Load().named(hash); entry != nil {
		p.take(op, entry)
		return nil
	}
	if !mode.registers() {
		switch mode {
		case Safelist:
			return p.refuse(apperr.PersistedQueryNotInList, "this document is not one of those that the server knows")
		case IDOnly:
			return p.refuse(apperr.PersistedQueryIDRequired, "this server takes documents by their ids only")
		}
		return notSupported()
	}
	text, found, err := p.options.Store.Get(ctx, hash)
	switch {
	case err != nil:
		// The client sends its document then, which is kept here at least.
		p.counts.faults.Add(1)
	case found:
		p.counts.hits.Add(1)
		op.Query = text
		return nil
	default:
		p.counts.misses.Add(1)
	}
	// The very words that clients look for.
	return operation.Errorf(apperr.PersistedQueryNotFound, "PersistedQueryNotFound")
}

// byText lets a document pass that was sent whole, or does not.
func (p *Persisted) byText(ctx context.Context, op *operation.Operation, hash, client string, mode Mode) *gqlerror.Error {
	manifest := p.trusted.Load()
	switch mode {
	case IDOnly:
		return p.refuse(apperr.PersistedQueryIDRequired, "this server takes documents by their ids only: send documentId")
	case Safelist:
		entry := manifest.byHash(sum(op.Query))
		if entry == nil {
			return p.refuse(apperr.PersistedQueryNotInList, "this document is not one of those that the server knows")
		}
		p.take(op, entry)
		return nil
	case Log:
		if own := sum(op.Query); manifest.byHash(own) == nil && p.logged.first(own) {
			p.options.Logger.WarnContext(ctx, "a document that is not trusted", "sha256", own, "operation", op.Name, "client", client)
		}
	}
	op.Register = hash != "" && mode.registers()
	return nil
}

// take uses a trusted document.
func (p *Persisted) take(op *operation.Operation, e *Entry) {
	p.counts.hits.Add(1)
	e.used.Add(1)
	op.Query, op.Document = e.Text, e.document
}

func (p *Persisted) refuse(code apperr.Code, message string) *gqlerror.Error {
	p.counts.refused.Add(1)
	return operation.Errorf(code, "%s", message)
}

// notSupported has the very words that clients look for: they send the
// document, and names no more.
func notSupported() *gqlerror.Error {
	return operation.Errorf(apperr.PersistedQueryNotSupported, "PersistedQueryNotSupported")
}

// Register is the step that keeps the document that a client has sent together
// with its hash. It stands behind those that refuse, so that only what is valid
// and within limits and budget is kept.
func (p *Persisted) Register(next operation.Handler) operation.Handler {
	return func(ctx context.Context, op *operation.Operation, send operation.Send) {
		if op.Register {
			p.counts.registered.Add(1)
			p.options.Store.Put(sum(op.Query), op.Query)
		}
		next(ctx, op, send)
	}
}

// hashOf is the hash that automatic persisted queries send; "" without one.
// Apollo's clients send the manifest's id in its place, which need not be one.
func (p *Persisted) hashOf(op *operation.Operation) (string, *gqlerror.Error) {
	sent, ok := op.Extensions["persistedQuery"]
	if !ok || sent == nil {
		return "", nil
	}
	named, _ := sent.(map[string]any)
	if named["version"] == int64(1) && op.Query == "" && p.trusted.Load().byID(op.Hash()) != nil {
		return op.Hash(), nil
	}
	if named["version"] != int64(1) || !validHash(op.Hash()) {
		return "", operation.Errorf(apperr.BadUserInput,
			"extensions.persistedQuery takes version 1 and sha256Hash, 64 hexadecimal digits")
	}
	return strings.ToLower(op.Hash()), nil // one form, so that one document has one name
}

// validHash reports whether a text is a SHA-256 in hexadecimal digits.
func validHash(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 2*sha256.Size
}

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// onceEach remembers texts, so many.
type onceEach struct {
	mu   sync.Mutex
	seen map[string]bool
}

const maxLogged = 10_000

// first reports whether a text comes for the first time; of too many it
// remembers none.
func (o *onceEach) first(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.seen[text] || len(o.seen) >= maxLogged {
		return false
	}
	if o.seen == nil {
		o.seen = make(map[string]bool)
	}
	o.seen[text] = true
	return true
}
