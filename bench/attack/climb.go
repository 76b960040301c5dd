//go:build linux

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// kept is how many of the dearest documents the search goes on from.
const kept = 5

// candidate is a document with what it took.
type candidate struct {
	document []*selection
	measured
}

// climb searches for documents that are dear: it changes one of the dearest
// that it knows, and keeps what is dearer still. It returns the dearest, the
// first of all first.
func (t *target) climb(ctx context.Context, random *rand.Rand, steps int) ([]measured, error) {
	m, err := t.maker(ctx, random)
	if err != nil {
		return nil, err
	}
	var best []candidate
	for step := range steps {
		var document []*selection
		if len(best) < kept || random.IntN(8) == 0 {
			for len(document) == 0 {
				document = m.grow("Query", 0, 4)
			}
		} else {
			document = best[random.IntN(len(best))].document
			for range 1 + random.IntN(3) {
				document = m.change(document)
			}
		}
		query := m.write(document)
		if len(query) > 64_000 {
			continue
		}
		took, err := t.measure(ctx, request{name: fmt.Sprintf("found in step %d", step), query: query})
		if err != nil {
			return nil, err
		}
		best = append(best, candidate{document, took})
		slices.SortFunc(best, func(a, b candidate) int { return cmp.Compare(b.share(), a.share()) })
		best = best[:min(len(best), kept)]
	}
	found := make([]measured, len(best))
	for i, c := range best {
		found[i] = c.measured
	}
	return found, nil
}

// maker reads the schema and some ids from the server, as a stranger can.
func (t *target) maker(ctx context.Context, random *rand.Rand) (*maker, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.server.Addr+"/schema.graphql", nil)
	if err != nil {
		return nil, err
	}
	response, err := t.clients[stranger].Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	type nodes struct{ Nodes []struct{ ID string } }
	var known struct{ Users, Posts, Tags nodes }
	if err := t.get(ctx, request{query: `{ users { nodes { id } } posts { nodes { id } } tags { nodes { id } } }`}, &known); err != nil {
		return nil, err
	}
	m := &maker{schema: schema, random: random}
	for _, list := range []nodes{known.Users, known.Posts, known.Tags} {
		for _, node := range list.Nodes {
			m.ids = append(m.ids, node.ID)
		}
	}
	return m, nil
}
