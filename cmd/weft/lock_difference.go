package main

import (
	"fmt"
	"strconv"
	"strings"
)

// difference tells in words what is another in a newer lock, a line each.
func (l *lock) difference(now *lock) string {
	type key struct {
		name, place string
		again       int // of those with the same name and place
	}
	index := func(lines []locked) (map[key]locked, []key) {
		known, order := make(map[key]locked), []key(nil)
		for _, line := range lines {
			k := key{line.name, line.place, 0}
			for known[k].hash != "" {
				k.again++
			}
			known[k], order = line, append(order, k)
		}
		return known, order
	}
	before, order := index(l.lines)
	after, added := index(now.lines)
	var b strings.Builder
	tell := func(k key, format string, args ...any) {
		fmt.Fprintf(&b, "  %s, %s: %s\n", k.name, k.place, fmt.Sprintf(format, args...))
	}
	for _, k := range order {
		was := before[k]
		is, ok := after[k]
		if !ok {
			tell(k, "is gone")
			continue
		}
		var changes []string
		if was.points != is.points {
			changes = append(changes, fmt.Sprintf("%d → %s", was.points, count(is.points, "point")))
		}
		if was.statements != is.statements {
			changes = append(changes, was.statements+" → "+made(is.statements))
		}
		if was.hash != is.hash {
			changes = append(changes, "another text")
		}
		if len(changes) > 0 {
			tell(k, "%s", strings.Join(changes, ", "))
		}
	}
	for _, k := range added {
		if _, ok := before[k]; !ok {
			tell(k, "is new: %s, %s", count(after[k].points, "point"), made(after[k].statements))
		}
	}
	if b.Len() == 0 && l.was != now.text() {
		return "  the same operations, written otherwise\n"
	}
	return b.String()
}

// made is a number of statements, if it is known.
func made(statements string) string {
	n, err := strconv.ParseInt(statements, 10, 64)
	if err != nil {
		return "statements not known"
	}
	return count(n, "statement")
}
