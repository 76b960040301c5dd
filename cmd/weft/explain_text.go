package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// shownPaths is how many paths the text has.
const shownPaths = 10

func (x *explanation) write(w *bytes.Buffer) {
	line := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	name := x.Name
	if name == "" {
		name = "(without a name)"
	}
	line("%s %s, %s", x.Type, name, x.Place)
	line("  price: %s at most", count(x.Points, "point"))
	for _, p := range x.Paths[:min(shownPaths, len(x.Paths))] {
		path := p.Path
		if path == "" {
			path = "(the operation itself)"
		}
		line("  %8d  %s, %s", p.Points, path, count(p.Objects, "object"))
	}
	if more := len(x.Paths) - shownPaths; more > 0 {
		line("            and %s more", count(int64(more), "path"))
	}
	for _, a := range x.Assumed {
		line("  $%s is not given: taken to be %v, %s", a.Variable, a.Value, a.Why)
	}
	if len(x.Lists) > 0 {
		line("  lists:")
	}
	for _, l := range x.Lists {
		line("  %8d  %s (%s)", l.Size, l.Path, l.By)
	}
	x.Statements.write(line)
	x.Limits.write(line, x.Points)
	x.Caching.write(line)
}

func (c *cachingTold) write(line func(string, ...any)) {
	switch {
	case c.MaxAge == 0 && c.By == "":
		line("  caching: none")
		return
	case c.MaxAge == 0:
		line("  caching: none, for %s has no @cacheControl", c.By)
		return
	case c.Scope == "PUBLIC":
		line("  caching: %s, for everybody; %s allows the least", count(int64(c.MaxAge), "second"), c.By)
	default:
		line("  caching: %s, for the viewer alone; %s allows the least", count(int64(c.MaxAge), "second"), c.By)
	}
	if c.Stale > 0 {
		line("            %s more while a new answer is made", count(int64(c.Stale), "second"))
	}
	line("            it ends with a change of what it read in %s", strings.Join(c.Reads, ", "))
}

func (s *statements) write(line func(string, ...any)) {
	if s.Fault != "" {
		line("  statements: not known, as it does not run on made-up data: %s", s.Fault)
		return
	}
	line("  statements: %d", s.Count)
	for from := 0; from < len(s.Loaders); {
		same := from
		for same < len(s.Loaders) && s.Loaders[same] == s.Loaders[from] {
			same++
		}
		line("  %8d  %s", same-from, s.Loaders[from])
		from = same
	}
}

func (l *limitsTold) write(line func(string, ...any), points int64) {
	line("  limits:")
	most := min(l.Operation, l.Capacity)
	if points > most {
		line("            refused to anonymous callers: an operation may cost %s", count(most, "point"))
	} else {
		again := time.Duration(float64(points) / float64(l.Rate) * float64(time.Second)).Round(time.Millisecond)
		line("            an anonymous caller can send it %s at once, and then every %s (%d points, %d a second)",
			count(l.AtOnce, "time"), again, l.Capacity, l.Rate)
	}
	line("            depth %d of %s", l.Depth, bound(l.MaxDepth))
	line("            %s in lists, and an answer may hold %s", count(l.Objects, "object"), bound(l.MaxObjects))
	line("            bytes of the answer: %s", bound(l.MaxBytes))
}

func bound(n int) string {
	if n < 0 {
		return "any number"
	}
	return strconv.Itoa(n)
}

// count is a number of things.
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
