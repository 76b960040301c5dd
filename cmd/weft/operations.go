package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/weftql/weft/graph"
	"github.com/weftql/weft/internal/config"
	"github.com/weftql/weft/internal/cost"
	"github.com/weftql/weft/internal/persisted"
)

// manageOperations checks and lists the documents of a manifest, locks what
// operations cost, and tells which documents nobody asks for.
func manageOperations(ctx context.Context, in invocation) error {
	verbs := map[string]func(context.Context, invocation) error{"lock": lockOperations, "unused": unusedOperations}
	if len(in.args) > 0 && verbs[in.args[0]] != nil {
		verb := verbs[in.args[0]]
		in.args = in.args[1:]
		return verb(ctx, in)
	}
	const usage = "weft operations check|list MANIFEST, weft operations lock [-check] [MANIFEST...], or weft operations unused ADDRESS [ADDRESS...]"
	set := in.flags("operations", "check|list MANIFEST, lock [-check] [MANIFEST...], or unused ADDRESS...")
	if err := in.parse(set, 2); err != nil {
		return err
	}
	if set.NArg() != 2 {
		return errors.New("usage: " + usage)
	}
	c, err := config.Load(in.environ, dotenv)
	if err != nil {
		return err
	}
	manifest, err := persisted.Read(set.Arg(1))
	if err != nil {
		return err
	}
	schema := graph.SDL()
	model, err := cost.NewModel(schema)
	if err != nil {
		return err
	}
	p := persisted.New(persisted.Options{Prepare: prepare(c, schema)})
	switch set.Arg(0) {
	case "check":
		if err := p.Check(ctx, manifest); err != nil {
			return err
		}
		fmt.Fprintf(in.stdout, "%d documents, all of which the schema serves\n", len(manifest.Entries))
		return nil
	case "list":
		fmt.Fprintln(in.stdout, "points\toperation\tplace")
		for _, e := range manifest.Entries {
			document, err := prepare(c, schema)(ctx, e.Text)
			if err != nil {
				fmt.Fprintf(in.stdout, "-\t%s\t%s\tnot served: %v\n", e.Name, e.Place, err)
				continue
			}
			for _, operation := range document.AST.Operations {
				fmt.Fprintf(in.stdout, "%d\t%s\t%s\n", model.Compile(document.AST, operation).Points(nil), operation.Name, e.Place)
			}
		}
		return nil
	}
	return fmt.Errorf("there is no weft operations %s: want %s", set.Arg(0), usage)
}
