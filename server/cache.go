package server

import (
	"container/list"
	"sync"
)

// documentCache keeps the documents used last. Its bound is the length of
// their texts together, in bytes: a parsed document takes some twenty times its
// text.
type documentCache struct {
	capacity int

	mu     sync.Mutex
	size   int
	recent *list.List // of *document, the latest first
	byText map[string]*list.Element
}

func newDocumentCache(capacity int) *documentCache {
	return &documentCache{
		capacity: capacity,
		recent:   list.New(),
		byText:   map[string]*list.Element{},
	}
}

// get returns the document with a text, or nil.
func (c *documentCache) get(text string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byText[text]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(element)
	return element.Value.(*document)
}

// add keeps a document, unless it alone would take more than an eighth of the
// room.
func (c *documentCache) add(d *document) {
	if len(d.text) > c.capacity/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byText[d.text]; ok {
		return
	}
	c.byText[d.text] = c.recent.PushFront(d)
	c.size += len(d.text)
	for c.size > c.capacity {
		oldest := c.recent.Remove(c.recent.Back()).(*document)
		delete(c.byText, oldest.text)
		c.size -= len(oldest.text)
	}
}
