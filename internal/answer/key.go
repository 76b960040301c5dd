package answer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync/atomic"

	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/operation"
)

// key is a hash of a document, its operation, its variables and whom the answer
// is for.
type key [sha256.Size]byte

// keys are where the answer to an operation may be kept: under shared, with the
// answers for everybody, if it did not depend on who asked, and otherwise under
// own, with those of the viewer.
type keys struct {
	shared, own key
	private     bool         // no answer is for everybody
	known       *atomic.Bool // of the document: the last answer depended on the viewer
}

type memoKey struct{ operation string }

// ofDocument is what all uses of an operation of a document have in common.
type ofDocument struct {
	text     [sha256.Size]byte
	byViewer atomic.Bool
}

func (a *Answers) keysOf(ctx context.Context, op *operation.Operation, p cachepolicy.Policy) keys {
	d := op.Document.Memo(memoKey{op.Definition.Name}, func() any {
		return &ofDocument{text: sha256.Sum256([]byte(op.Definition.Name + "\x00" + op.Document.Text))}
	}).(*ofDocument)
	h := sha256.New()
	h.Write(d.text[:])
	if len(op.Variables) > 0 {
		// Each value has one form, because the encoder sorts names.
		text, err := json.Marshal(op.Variables)
		if err != nil {
			panic(err) // they came as JSON
		}
		h.Write(text)
	}
	h.Write([]byte{0}) // JSON never has this byte
	asked := h.Sum(nil)
	of := func(scope string) key { return sha256.Sum256(append(asked, scope...)) }
	k := keys{private: !p.Public, known: &d.byViewer, own: of("of " + a.o.Scope(ctx))}
	if p.Public {
		k.shared = of("shared")
	}
	return k
}

// all returns the keys to look under, the more likely one first.
func (k *keys) all() []key {
	switch {
	case k.private:
		return []key{k.own}
	case k.known.Load():
		return []key{k.own, k.shared}
	}
	return []key{k.shared, k.own}
}

// flight is the key under which operations wait for one another.
func (k *keys) flight() key {
	if k.private || k.known.Load() {
		return k.own
	}
	return k.shared
}

// to is the key under which an answer is kept.
func (k *keys) to(byViewer bool) key {
	if k.private || byViewer {
		return k.own
	}
	return k.shared
}

// byViewer remembers whether the answer depended on the viewer.
func (k *keys) byViewer(it bool) {
	if k.known.Load() != it {
		k.known.Store(it)
	}
}
