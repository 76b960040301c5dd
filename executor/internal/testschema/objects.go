package testschema

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/weftql/weft/executor/internal/testschema/model"
)

var words = []string{
	"plain", "", `quo"te`, `back\slash`, "tab\there", "line\nbreak", "\x00\x1f\x7f", "ünïcödé", "emoji 🧵", "bad\xff\xc3utf8",
	"\u2028\u2029", "</script>&", "a/b", strings.Repeat("long ", 30),
}

func (s Scenario) word(parts ...string) string { return words[s.roll(parts...)%uint64(len(words))] }

// maybe gives a pointer to v, or nil now and then.
func maybe[T any](s Scenario, v T, parts ...string) *T {
	if s.one(6, append(parts, "nil")...) {
		return nil
	}
	return &v
}

// some gives up to n values; nil now and then.
func some[T any](s Scenario, n uint64, value func(key string) T, parts ...string) []T {
	v := s.roll(append(parts, "len")...)
	if v%7 == 0 {
		return nil
	}
	list := make([]T, v%n)
	for i := range list {
		list[i] = value(strings.Join(parts, "/") + strconv.Itoa(i))
	}
	return list
}

// rarely is maybe, for values whose absence breaks the schema.
func rarely[T any](s Scenario, v T, parts ...string) *T {
	if s.fault(append(parts, "rarely")...) != fine {
		return nil
	}
	return &v
}

func (s Scenario) float(parts ...string) float64 {
	v := s.roll(parts...)
	return []float64{0, 1, -1.5, 1e21, 1e20, 1e-7, 123456.789, 0.1, math.MaxFloat64, float64(v % 1000), 1e6, 123456789}[v%12]
}

func (s Scenario) color(parts ...string) model.Color {
	return append(model.AllColor, "MAUVE")[s.roll(parts...)%4]
}

func (s Scenario) user(id string) *model.User {
	day := time.Date(2001, 2, 3, 4, 5, 6, 789000, time.FixedZone("", 3600)).AddDate(0, 0, int(s.roll(id, "day")%9000))
	u := &model.User{
		ID: id, Name: "n" + s.word(id, "name"), Age: int(s.roll(id, "age") % 100), Ratio: s.float(id, "ratio"),
		MaybeRatio: maybe(s, s.float(id, "maybeRatio"), id, "mr"), Big: int64(s.roll(id, "big")), Active: s.one(2, id, "active"),
		Joined: day, Seen: maybe(s, day, id, "seen"), Birth: model.Date{Time: day}, Balance: model.Money(s.roll(id, "money") % 1e6),
		Savings: maybe(s, model.Money(5), id, "savings"), Color: s.color(id, "color"), Mood: maybe(s, s.color(id, "mood"), id, "mood"),
		Moods: some(s, 4, func(key string) *model.Color { return maybe(s, s.color(key), key) }, id, "moods"),
		Size:  model.Size(s.roll(id, "size") % 2),
		Tags:  some(s, 4, func(key string) string { return s.word(key) }, id, "tags"),
		Notes: some(s, 4, func(key string) *string { return maybe(s, s.word(key), key) }, id, "notes"),
		StrictNotes: some(s, 4, func(key string) *string {
			return rarely(s, s.word(key), key)
		}, id, "strictNotes"),
		Matrix: some(s, 3, func(key string) []int {
			return some(s, 3, func(key string) int { return int(s.roll(key) % 10) }, key)
		}, id, "matrix"),
		Any: "any " + id, Email: maybe(s, id+"@example.org", id, "email"), Shout: maybe(s, s.word(id, "shout"), id, "shout"),
		Token: maybe(s, model.Upper("t"+id), id, "token"), Profile: model.Profile{Bio: s.word(id, "bio"), User: id,
			Links: some(s, 3, func(key string) string { return s.word(key) }, id, "links"), Level: maybe(s, 3, id, "level"),
			City: maybe(s, model.City{Name: s.word(id, "city")}, id, "city")},
		Address: maybe(s, s.address(id), id, "address"), Count: int(s.roll(id, "count") % 10),
		Addresses: some(s, 4, s.address, id, "addresses"),
		MaybeAddresses: some(s, 4, func(key string) *model.Address {
			return maybe(s, s.address(key), key)
		}, id, "maybeAddresses"),
	}
	if !s.one(5, id, "meta") {
		u.Meta = map[string]any{"id": id}
	}
	if s.fault(id, "base") == fine {
		u.Base = &model.Base{Nick: maybe(s, s.word(id, "nick"), id, "nick"), Home: maybe(s, s.address(id+"home"), id, "home")}
	}
	switch s.fault(id, "method") {
	case fails:
		u.Fail = model.Fails
	case panics:
		u.Fail = model.Panics
	case null:
		u.Fail = model.Absent
	}
	u.Twin = maybe(s, s.twin(id, "twin"), id, "twins")
	u.Twins = some(s, 4, func(key string) **model.User { return maybe(s, s.twin(id, key), key) }, id, "twins")
	u.Motto, u.Place = s.word(id, "motto"), maybe(s, s.address(id+"place"), id, "place")
	if s.fault(id, "joined") != fine {
		u.Joined = time.Time{}
	}
	if s.fault(id, "birth") != fine {
		u.Birth = model.Date{}
	}
	return u
}

// twin is a user without much, or nil now and then.
func (s Scenario) twin(id, key string) *model.User {
	if s.one(5, id, key, "none") {
		return nil
	}
	return &model.User{ID: id + "/" + key, Name: s.word(id, key), Joined: time.Unix(1e9, 0), Birth: model.Date{Time: time.Unix(1e9, 0)}}
}

func (s Scenario) address(key string) model.Address {
	return model.Address{Street: rarely(s, s.word(key, "street"), key, "street"), Zip: maybe(s, 123, key, "zip"), User: s.id("user", key, "at")}
}

func (s Scenario) post(id string) *model.Post {
	return &model.Post{ID: id, Name: rarely(s, s.word(id, "title"), id, "title"), Nick: maybe(s, "p", id, "nick"), Body: s.word(id, "body")}
}

func (s Scenario) box(id string) *model.Box { return &model.Box{ID: id, Label: s.word(id, "label")} }

func (s Scenario) cell(id string) *model.Cell {
	v := s.roll(id, "cell")
	return &model.Cell{X: int(v % 5), Y: int(v / 5 % 5), Mark: maybe(s, id, id, "mark")}
}

func (s Scenario) chain(id string) *model.Chain {
	return &model.Chain{Value: rarely(s, s.word(id, "value"), id, "value"), ID: id}
}

func (s Scenario) tag(id string) *model.Tag {
	return &model.Tag{Label: id, Color: maybe(s, s.color(id), id, "color")}
}

func (s Scenario) thing(key string) model.Thing {
	switch v := s.roll(key, "thing"); v % 5 {
	case 0:
		return s.user(s.id("user", key, "t"))
	case 1:
		return s.post(s.id("post", key, "t"))
	case 2:
		return s.box(s.id("box", key, "t"))
	case 3:
		return *s.box(s.id("box", key, "t"))
	default:
		return s.cell(key)
	}
}

func (s Scenario) node(id string) model.Node {
	switch kind, _, _ := strings.Cut(id, ":"); kind {
	case "user":
		return s.user(id)
	case "post":
		return s.post(id)
	case "box":
		return *s.box(id)
	default:
		return nil
	}
}

func (s Scenario) named(key string) model.Named {
	if s.one(2, key, "named") {
		return s.user(s.id("user", key, "n"))
	}
	return s.post(s.id("post", key, "n"))
}

func (s Scenario) page(key string, n int) *model.Page {
	p := &model.Page{Total: n, Info: model.Info{More: s.one(2, key, "more"), End: maybe(s, key, key, "end")}, Edges: []*model.Edge{}, Nodes: []*model.Post{}}
	for _, id := range s.ids("post", key, "page", n) {
		node := s.post(id)
		if s.fault(key, id, "node") != fine {
			node = nil
		}
		p.Edges = append(p.Edges, &model.Edge{Cursor: id, Node: node})
		p.Nodes = append(p.Nodes, node)
	}
	return p
}

// objects makes the objects of some ids; holes are nils now and then.
func objects[T any](s Scenario, ids []string, holes uint64, value func(id string) T) []T {
	list := make([]T, len(ids))
	for i, id := range ids {
		if holes > 0 && s.one(holes, id, "hole", strconv.Itoa(i)) {
			continue
		}
		list[i] = value(id)
	}
	return list
}

// strict makes objects of which none may be missing, but some are.
func strict[T any](s Scenario, ids []string, value func(id string) T) []T {
	list := make([]T, len(ids))
	for i, id := range ids {
		if s.fault(id, "missing", strconv.Itoa(i)) == fine {
			list[i] = value(id)
		}
	}
	return list
}

func (s Scenario) owned(key string) model.Owned {
	if s.one(2, key, "owned") {
		return s.post(s.id("post", key, "o"))
	}
	return *s.box(s.id("box", key, "o"))
}

func (s Scenario) rare(key string) model.Rare {
	if s.one(2, key, "rare") {
		return s.chain(key)
	}
	return *s.box(s.id("box", key, "r"))
}

func (s Scenario) grid(key string, w, h int) [][]*model.Cell {
	grid := make([][]*model.Cell, h)
	for y := range grid {
		if s.one(6, key, "row", strconv.Itoa(y)) {
			continue
		}
		for x := range w {
			cell := s.cell(key + strconv.Itoa(x) + "," + strconv.Itoa(y))
			if s.fault(key, "cell", strconv.Itoa(x)) != fine {
				cell = nil
			}
			grid[y] = append(grid[y], cell)
		}
	}
	return grid
}

func (s Scenario) renamed(id, name string) *model.User {
	u := s.user(id)
	u.Name = name
	return u
}

func (s Scenario) bag(id string) map[string]any {
	bag := map[string]any{"label": id}
	if s.one(2, id, "size") {
		bag["size"] = len(id)
	}
	if s.fault(id, "bag") != fine {
		bag["label"] = 7
	}
	return bag
}
