package answer

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"hash"
	"sync/atomic"

	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/operation"
)

// key stands for a document, its operation, its variables and those for whom the
// answer is.
type key [sha256.Size]byte

// keys are where the answer to an operation may be: with those for everybody,
// if it turns out that it did not matter who asked, else with those of the
// viewer.
type keys struct {
	shared, own key
	private     bool         // there is nothing for everybody
	known       *atomic.Bool // of the document: it mattered who asked, the last time
}

type memoKey struct{ operation string }

// ofDocument is what all operations of a document have in common.
type ofDocument struct {
	text     [sha256.Size]byte
	byViewer atomic.Bool
}

func (a *Answers) keysOf(ctx context.Context, op *operation.Operation, p cachepolicy.Policy) keys {
	d := op.Document.Memo(memoKey{op.Definition.Name}, func() any {
		return &ofDocument{text: sha256.Sum256([]byte(op.Definition.Name + "\x00" + op.Document.Text))}
	}).(*ofDocument)
	k := keys{private: !p.Public, known: &d.byViewer}
	h := sha256.New()
	write := func(scope string) (out key) {
		h.Reset()
		h.Write(d.text[:])
		writeVariables(h, op)
		h.Write([]byte(scope))
		h.Sum(out[:0])
		return out
	}
	if p.Public {
		k.shared = write("shared")
	}
	k.own = write("of " + a.o.Scope(ctx))
	return k
}

// writeVariables writes the coerced variables in one form for each value: the
// encoder sorts names. Its output is followed by a byte that JSON does not have.
func writeVariables(h hash.Hash, op *operation.Operation) {
	if len(op.Variables) > 0 {
		text, err := json.Marshal(op.Variables)
		if err != nil {
			panic(err) // they came as JSON
		}
		h.Write(text)
	}
	h.Write([]byte{0})
}

// all returns the keys to look under, the likelier first.
func (k *keys) all() []key {
	switch {
	case k.private:
		return []key{k.own}
	case k.known.Load():
		return []key{k.own, k.shared}
	}
	return []key{k.shared, k.own}
}

// flight is the key under which operations wait for each other.
func (k *keys) flight() key {
	if k.private || k.known.Load() {
		return k.own
	}
	return k.shared
}

// to is the key for an answer.
func (k *keys) to(byViewer bool) key {
	if k.private || byViewer {
		return k.own
	}
	return k.shared
}

// byViewer remembers whether it mattered who asked.
func (k *keys) byViewer(it bool) {
	if k.known.Load() != it {
		k.known.Store(it)
	}
}
