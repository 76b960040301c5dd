package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/budget"
	"github.com/weftql/weft/internal/cachepolicy"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/document"
	"github.com/weftql/weft/internal/operation"
	"github.com/weftql/weft/internal/persisted"
)

// explain tells what the operations of a file cost, which statements they make
// and what limits them.
func explain(ctx context.Context, in invocation) (err error) {
	set := in.flags("explain", "FILE")
	variables := set.String("variables", "", "a JSON file with the variables of the operations")
	asJSON := set.Bool("json", false, "print JSON")
	if err := in.parse(set, 1); err != nil {
		return err
	}
	given, err := readVariables(*variables)
	if err != nil {
		return err
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	manifest, err := persisted.Read(set.Arg(0))
	if err != nil {
		return err
	}
	e, err := newExplainer(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	// What cannot be explained is told after the rest.
	explained, failed := e.manifest(ctx, manifest, given)
	if *asJSON {
		encoder := json.NewEncoder(in.stdout)
		encoder.SetIndent("", "  ")
		return errors.Join(failed, encoder.Encode(explained))
	}
	var text bytes.Buffer
	for i, x := range explained {
		if i > 0 {
			text.WriteByte('\n')
		}
		x.write(&text)
	}
	_, err = in.stdout.Write(text.Bytes())
	return errors.Join(failed, err)
}

func readVariables(path string) (map[string]any, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no variables are none
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read variables: %w", err)
	}
	var given map[string]any
	if err := json.Unmarshal(text, &given); err != nil {
		return nil, fmt.Errorf("read variables: %s: want one JSON object: %w", path, err)
	}
	return given, nil
}

// explanation is what is told of one operation.
type explanation struct {
	Name       string               `json:"name"` // "" if it has none
	Type       ast.Operation        `json:"type"`
	Place      string               `json:"place"`
	Points     int64                `json:"points"`
	Paths      []operation.PathCost `json:"paths"` // the dearest first
	Lists      []cost.List          `json:"lists"`
	Assumed    []assumption         `json:"assumed"`
	Statements statements           `json:"statements"`
	Limits     limitsTold           `json:"limits"`
	Caching    cachingTold          `json:"caching"`
}

// cachingTold is for how long the answer may be kept.
type cachingTold struct {
	MaxAge int      `json:"maxAge"` // seconds; 0: it is not kept
	Stale  int      `json:"staleWhileRevalidate,omitempty"`
	Scope  string   `json:"scope"` // PUBLIC or PRIVATE
	By     string   `json:"by"`    // the field that allows the least
	Reads  []string `json:"reads"` // the tables of which a change may end it
}

// statements are what a run of the operation made.
type statements struct {
	Count   int      `json:"count"`
	Loaders []string `json:"loaders"`         // who made each, sorted: some run at the same time
	Fault   string   `json:"fault,omitempty"` // why the operation did not run as a whole
}

// limitsTold is what limits an operation of an anonymous caller.
type limitsTold struct {
	Operation  int64 `json:"operation"`  // points that one may cost
	Capacity   int64 `json:"capacity"`   // points at once
	Rate       int64 `json:"rate"`       // points a second
	AtOnce     int64 `json:"atOnce"`     // how often it can be sent at once; 0: it is refused
	Depth      int   `json:"depth"`      // of the document
	MaxDepth   int   `json:"maxDepth"`   // -1: no limit, and so below
	Objects    int64 `json:"objects"`    // in lists, at most
	MaxObjects int   `json:"maxObjects"` // in the answer
	MaxBytes   int   `json:"maxBytes"`   // of the answer
}

// explainer explains operations.
type explainer struct {
	schema  *ast.Schema
	model   *cost.Model
	caching *cachepolicy.Model
	prepare func(context.Context, string) (*operation.Document, error)
	policy  budget.Policy
	limits  operation.Limits
	trial   *trial
}

func newExplainer(ctx context.Context, c config.Config) (*explainer, error) {
	schema := graph.SDL()
	model, err := cost.NewModel(schema)
	if err != nil {
		return nil, err
	}
	caching, err := cachepolicy.New(schema)
	if err != nil {
		return nil, err
	}
	policies := budget.Defaults()
	if c.CostPolicy != "" {
		if _, policies, err = budget.OpenFile(c.CostPolicy); err != nil {
			return nil, err
		}
	}
	limits := limitsOf(c).WithDefaults()
	t, err := newTrial(ctx)
	if err != nil {
		return nil, err
	}
	return &explainer{schema, model, caching, prepare(c, schema), policies.Roles[budget.Anonymous], limits, t}, nil
}

func (e *explainer) close() error { return e.trial.close() }

// manifest explains all operations of all documents. What the schema does not
// serve is an error, with its place.
func (e *explainer) manifest(ctx context.Context, m *persisted.Manifest, given map[string]any) ([]explanation, error) {
	all := []explanation{} // in JSON a list, and so below
	var faults []error
	for _, entry := range m.Entries {
		d, err := e.prepare(ctx, entry.Text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", entry.Place, err))
			continue
		}
		for _, definition := range d.AST.Operations {
			x, err := e.operation(ctx, d, definition, given)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %s: %w", entry.Place, definition.Name, err))
				continue
			}
			x.Place = entry.Place
			all = append(all, x)
		}
	}
	return all, errors.Join(faults...)
}

func (e *explainer) operation(ctx context.Context, d *operation.Document, definition *ast.OperationDefinition, given map[string]any) (explanation, error) {
	price := e.model.Compile(d.AST, definition)
	values, assumed, err := worst(price, definition, given)
	if err != nil {
		return explanation{}, err
	}
	points := price.Points(values)
	x := explanation{
		Name: definition.Name, Type: definition.Operation, Points: points, Assumed: assumed,
		Paths: price.Heaviest(values, math.MaxInt), Lists: price.Lists(values),
		Limits: limitsTold{
			Operation: e.policy.Operation, Capacity: e.policy.Capacity, Rate: e.policy.Rate,
			Depth: document.Depth(d.AST), MaxDepth: e.limits.Depth, MaxObjects: e.limits.Objects, MaxBytes: e.limits.Bytes,
		},
	}
	if most := min(e.policy.Operation, e.policy.Capacity); points <= most {
		x.Limits.AtOnce = e.policy.Capacity / max(points, 1)
	}
	if x.Assumed == nil {
		x.Assumed = []assumption{}
	}
	if x.Lists == nil {
		x.Lists = []cost.List{}
	}
	for _, l := range x.Lists {
		x.Limits.Objects = min(x.Limits.Objects+l.Objects, cost.Most)
	}
	policy := e.caching.Of(&operation.Operation{Document: d, Definition: definition})
	x.Caching = cachingTold{MaxAge: int(policy.MaxAge.Seconds()), Stale: int(policy.Stale.Seconds()), Scope: "PRIVATE", By: policy.By}
	if policy.Public {
		x.Caching.Scope = "PUBLIC"
	}
	x.Statements, x.Caching.Reads, err = e.count(ctx, d, definition, values, assumed)
	return x, err
}

// count runs an operation and tells which statements it made, and which tables
// they read. Of several values for its variables those count for which it did
// most.
func (e *explainer) count(ctx context.Context, d *operation.Document, definition *ast.OperationDefinition, values map[string]any, assumed []assumption) (s statements, reads []string, err error) {
	tries, err := trialVariables(e.schema, definition, values, assumed, e.trial.known)
	if err != nil {
		return statements{Loaders: []string{}, Fault: err.Error()}, []string{}, nil //nolint:nilerr // it is told in its place
	}
	var best outcome
	for i, variables := range tries {
		o, err := e.trial.run(ctx, d.Text, definition, variables)
		if err != nil {
			return s, nil, err
		}
		if ctx.Err() != nil {
			return s, nil, context.Cause(ctx)
		}
		whole, before := o.fault == "", best.fault == ""
		if i == 0 || whole && !before || whole == before && len(o.statements) > len(best.statements) {
			best = o
		}
	}
	s = statements{Count: len(best.statements), Loaders: make([]string, len(best.statements)), Fault: best.fault}
	for i, made := range best.statements {
		s.Loaders[i] = made.Loader
	}
	slices.Sort(s.Loaders)
	return s, best.reads, nil
}
