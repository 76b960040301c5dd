package document

import (
	"container/list"
	"sync"

	"github.com/weftql/weft/internal/operation"
)

// Cache keeps the valid documents that were used last. Its bound is the length
// of their texts together, in bytes: a parsed document takes some twenty times
// its text.
type Cache struct {
	capacity int

	mu     sync.Mutex
	size   int
	recent *list.List // of *operation.Document, the latest first
	byText map[string]*list.Element
}

// DefaultCacheBytes is how many bytes of text NewCache keeps by default.
const DefaultCacheBytes = 4 << 20

// NewCache keeps texts of so many bytes together: 0 is the default, a negative
// number keeps none.
func NewCache(capacity int) *Cache {
	if capacity == 0 {
		capacity = DefaultCacheBytes
	}
	return &Cache{
		capacity: capacity,
		recent:   list.New(),
		byText:   map[string]*list.Element{},
	}
}

// get returns the document with a text, or nil.
func (c *Cache) get(text string) *operation.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byText[text]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(element)
	return element.Value.(*operation.Document)
}

// add keeps a document, unless it alone would take more than an eighth of the
// room.
func (c *Cache) add(d *operation.Document) {
	if len(d.Text) > c.capacity/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byText[d.Text]; ok {
		return
	}
	c.byText[d.Text] = c.recent.PushFront(d)
	c.size += len(d.Text)
	for c.size > c.capacity {
		oldest := c.recent.Remove(c.recent.Back()).(*operation.Document)
		delete(c.byText, oldest.Text)
		c.size -= len(oldest.Text)
	}
}
