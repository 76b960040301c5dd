package feed

import (
	"errors"
	"fmt"
	"time"

	"github.com/weftql/weft/internal/position"
)

const (
	// prefix is the prefix of our messages in the log.
	prefix = "weft"
	// maxHeld bounds the bytes of messages kept for open transactions; a
	// transaction that would exceed it is reported as All.
	maxHeld = 16 << 20
)

// assembler makes events from records. If a transaction is streamed before its
// end, its messages wait for its commit.
type assembler struct {
	timeline uint32
	plain    *open            // the transaction between begin and commit
	streams  map[uint32]*open // by transaction
	streamed uint32           // the current stream; 0 for none
	held     int              // bytes
}

// open is a transaction that is not committed yet.
type open struct {
	xid   uint32
	parts []part
	size  int
	all   bool
}

// part is one message of a transaction.
type part struct {
	xid     uint32 // of the subtransaction
	changes []Change
	size    int
}

// inside reports whether a transaction or a piece of one is being received.
func (a *assembler) inside() bool { return a.plain != nil || a.streamed != 0 }

// take reads a record, and returns an event at each commit.
func (a *assembler) take(b []byte) (Event, bool, error) {
	r, err := parse(b, a.streamed != 0)
	if err != nil {
		return Event{}, false, err
	}
	switch r.kind {
	case kindBegin:
		a.plain = &open{xid: r.xid}
	case kindStreamStart:
		if a.streams == nil {
			a.streams = map[uint32]*open{}
		}
		if a.streams[r.xid] == nil {
			a.streams[r.xid] = &open{xid: r.xid}
		}
		a.streamed = r.xid
	case kindStreamStop:
		a.streamed = 0
	case kindMessage:
		return Event{}, false, a.message(r)
	case kindStreamAbort:
		a.abort(r)
	case kindCommit:
		t := a.plain
		a.plain = nil
		if t == nil {
			return Event{}, false, fmt.Errorf("a commit without a begin at %X", r.end)
		}
		return a.commit(t, r), true, nil
	case kindStreamCommit:
		t := a.streams[r.xid]
		delete(a.streams, r.xid)
		if t == nil {
			return Event{}, false, fmt.Errorf("a commit of the unknown stream %d", r.xid)
		}
		return a.commit(t, r), true, nil
	}
	return Event{}, false, nil
}

func (a *assembler) message(r record) error {
	if r.prefix != prefix {
		return nil
	}
	t, of := a.plain, r.xid
	if a.streamed != 0 {
		t = a.streams[a.streamed]
	}
	if t == nil {
		return errors.New("a message outside of a transaction")
	}
	if t.all {
		return nil
	}
	// A message that cannot be read is from another version, or from another
	// program that uses our prefix.
	if changes, err := decode(r.content); err == nil && a.held+len(r.content) <= maxHeld {
		t.parts = append(t.parts, part{of, changes, len(r.content)})
		t.size += len(r.content)
		a.held += len(r.content)
	} else {
		a.drop(t)
		t.all = true
	}
	return nil
}

// abort forgets a stream, or one of its subtransactions.
func (a *assembler) abort(r record) {
	t := a.streams[r.xid]
	if t == nil {
		return
	}
	if r.sub == r.xid {
		a.drop(t)
		delete(a.streams, r.xid)
		return
	}
	kept := t.parts[:0]
	for _, p := range t.parts {
		if p.xid == r.sub {
			t.size -= p.size
			a.held -= p.size
			continue
		}
		kept = append(kept, p)
	}
	t.parts = kept
}

// drop forgets a transaction's messages.
func (a *assembler) drop(t *open) {
	a.held -= t.size
	t.size, t.parts = 0, nil
}

// era is when PostgreSQL's time starts.
var era = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (a *assembler) commit(t *open, r record) Event {
	e := Event{
		Kind: Changed, Position: position.Position{Timeline: a.timeline, LSN: r.end}, XID: t.xid, All: t.all,
		Committed: era.Add(time.Duration(r.at) * time.Microsecond),
	}
	for _, p := range t.parts {
		e.Changes = append(e.Changes, p.changes...)
	}
	a.drop(t)
	return e
}
