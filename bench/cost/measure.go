//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testbed"
)

// clients ask at the same time.
const clients = 32

// sample is what one operation may cost, did cost and used.
type sample struct {
	operation

	estimate, actual float64 // points
	used             float64 // microseconds
	has              counts
}

// off is how many times as much as its price an operation used, or as little.
func (s sample) off() float64 { return max(s.used/s.actual, s.actual/s.used) }

// counts are what an answer consists of, by name.
type counts map[string]float64

// errNothing says of a generated operation that it is not worth to be measured:
// it fails, or asks for nothing that is read.
var errNothing = errors.New("it asks for nothing")

// measureSome measures some operations between two looks at the yardstick, and
// gives their microseconds as those of the benchmark machine.
func (b *bench) measureSome(ctx context.Context, some []operation) (samples []sample, err error) {
	before, err := b.yardstick.measure(ctx, b.duration/2)
	if err != nil {
		return nil, fmt.Errorf("yardstick: %w", err)
	}
	for _, op := range some {
		s, err := b.measure(ctx, op)
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.name, err)
		}
		samples = append(samples, s)
	}
	after, err := b.yardstick.measure(ctx, b.duration/2)
	if err != nil {
		return nil, fmt.Errorf("yardstick: %w", err)
	}
	for i := range samples {
		samples[i].used /= (before + after) / 2
	}
	return samples, nil
}

// measure runs an operation for a while.
func (b *bench) measure(ctx context.Context, op operation) (s sample, err error) {
	s.operation = op
	body, err := b.once(ctx, op)
	if err != nil {
		return s, err
	}
	var answer struct {
		Data       map[string]any
		Errors     []struct{ Message string }
		Extensions struct {
			Cost    struct{ RequestedQueryCost, ActualQueryCost float64 }
			Explain struct{ Count int }
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return s, fmt.Errorf("read answer: %w: %.200s", err, body)
	}
	generated := op.document.Operations[0].Name == "Random"
	if len(answer.Errors) > 0 {
		if generated {
			return s, errNothing
		}
		return s, errors.New(answer.Errors[0].Message)
	}
	s.estimate, s.actual = answer.Extensions.Cost.RequestedQueryCost, answer.Extensions.Cost.ActualQueryCost
	if answer.Extensions.Explain.Count == 0 {
		return s, errNothing
	}
	s.has = make(counts)
	s.has[string(op.document.Operations[0].Operation)] = 1
	s.has.count("", make(map[string]bool), op.document.Operations[0].SelectionSet, answer.Data)
	requests := [][]byte{b.request(op, "")}
	if _, err := testbed.Drive(ctx, b.server.Addr, requests, clients, b.duration/4); err != nil {
		return s, err
	}
	f, err := testbed.Observe(ctx, b.server, b.postgres, requests, clients, b.duration)
	s.used = float64(f.TotalCPU().Nanoseconds()) / 1e3
	return s, err
}

// count adds what an answer holds at a path: objects, levels, and by name the
// fields that are priced by themselves, once for each and once for their level. A
// response name stands for the same field wherever it is.
func (c counts) count(path string, levels map[string]bool, set ast.SelectionSet, data any) {
	switch data := data.(type) {
	case []any:
		for _, element := range data {
			c.count(path, levels, set, element)
		}
	case map[string]any:
		for key, value := range data {
			f := find(set, key)
			if f == nil || f.Definition == nil {
				continue
			}
			at := path + "." + key
			level := ""
			switch parent := f.ObjectDefinition; {
			case f.Definition.Directives.ForName("cost") != nil:
				c[f.Name]++
				level = f.Name + ", level"
			case len(f.SelectionSet) > 0 && !isConnection(parent) && !isEdge(parent) && !strings.HasSuffix(parent.Name, "Payload") && parent.Name != "Mutation":
				level = "level"
			}
			if level != "" && !levels[at] {
				levels[at] = true
				c[level]++
			}
			if len(f.SelectionSet) == 0 {
				c["leaf"]++
				continue
			}
			switch value := value.(type) {
			case []any:
				c["object"] += float64(len(value))
			case map[string]any:
				switch {
				case isEdge(f.ObjectDefinition) && f.Name == "node", f.Name == "pageInfo":
				case f.Definition.Directives.ForName("listSize") != nil:
					c["connection"]++
				default:
					c["object"]++
				}
			}
			c.count(at, levels, f.SelectionSet, value)
		}
	}
}

func isConnection(def *ast.Definition) bool { return strings.HasSuffix(def.Name, "Connection") }

func isEdge(def *ast.Definition) bool { return strings.HasSuffix(def.Name, "Edge") }

// find finds a field by its response name, in fragments too, with all that is
// selected under that name.
func find(set ast.SelectionSet, key string) *ast.Field {
	same := named(set, key)
	if len(same) == 0 {
		return nil
	}
	merged := *same[0]
	merged.SelectionSet = nil
	for _, f := range same {
		merged.SelectionSet = append(merged.SelectionSet, f.SelectionSet...)
	}
	return &merged
}

func named(set ast.SelectionSet, key string) (same []*ast.Field) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Alias == key {
				same = append(same, s)
			}
		case *ast.InlineFragment:
			same = append(same, named(s.SelectionSet, key)...)
		case *ast.FragmentSpread:
			same = append(same, named(s.Definition.SelectionSet, key)...)
		}
	}
	return same
}
