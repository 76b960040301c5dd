package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// record is one message of PostgreSQL's pgoutput plugin, protocol version 2, as
// in the chapter "Logical Replication Message Formats" of its manual. For
// record kinds that do not matter here only the kind is set.
type record struct {
	kind    byte
	xid     uint32 // of a begin, and of everything in a stream
	sub     uint32 // of a stream's abort
	end     uint64 // of a commit: where it ends in the log
	at      int64  // of a commit: when, in microseconds of PostgreSQL's own era
	prefix  string
	content []byte // shares the memory of what was parsed
}

// The kinds of records that matter.
const (
	kindBegin        = 'B'
	kindCommit       = 'C'
	kindMessage      = 'M'
	kindStreamStart  = 'S'
	kindStreamStop   = 'E'
	kindStreamCommit = 'c'
	kindStreamAbort  = 'A'
)

// parse reads a record. streamed is set between the start and the stop of a
// stream.
func parse(b []byte, streamed bool) (r record, err error) {
	c := cursor{b: b}
	r.kind = c.byte()
	switch r.kind {
	case kindBegin:
		c.skip(8 + 8) // where its commit is, and when
		r.xid = c.uint32()
	case kindCommit:
		c.skip(1 + 8) // flags, and where it begins
		r.end = c.uint64()
		r.at = int64(c.uint64())
	case kindMessage:
		if streamed {
			r.xid = c.uint32()
		}
		c.skip(1 + 8) // flags, and where it is
		r.prefix = c.text()
		r.content = c.bytes(c.uint32())
	case kindStreamStart:
		r.xid = c.uint32()
	case kindStreamCommit:
		r.xid = c.uint32()
		c.skip(1 + 8)
		r.end = c.uint64()
		r.at = int64(c.uint64())
	case kindStreamAbort:
		r.xid = c.uint32()
		r.sub = c.uint32()
	}
	if c.short {
		return record{}, fmt.Errorf("a record of kind %q ends too early", r.kind)
	}
	return r, nil
}

var errShort = errors.New("a message of the log ends too early")

// cursor reads numbers in network byte order. short is set by the first one
// that is missing.
type cursor struct {
	b     []byte
	short bool
}

// next returns the next n bytes, or nil.
func (c *cursor) next(n int) []byte {
	if n > len(c.b) {
		c.short, c.b = true, nil
		return nil
	}
	next := c.b[:n]
	c.b = c.b[n:]
	return next
}

func (c *cursor) skip(n int) { c.next(n) }

func (c *cursor) byte() byte {
	if b := c.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.next(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if b := c.next(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(c.b)) {
		c.short, c.b = true, nil
		return nil
	}
	return c.next(int(n))
}

// text ends with a zero byte.
func (c *cursor) text() string {
	for i, b := range c.b {
		if b == 0 {
			text := string(c.b[:i])
			c.b = c.b[i+1:]
			return text
		}
	}
	c.short, c.b = true, nil
	return ""
}
