package main

import (
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/codegen"

	"github.com/weftql/weft/internal/entity"
)

// bodies is the plugin of gqlgen that writes the resolvers whose bodies follow
// from the entities. A body that is there already stays as it is.
type bodies struct{ objects []entity.Object }

// Name implements plugin.Plugin.
func (bodies) Name() string { return "bodies" }

// unwritten is the body of a resolver that is still to be written.
const unwritten = "panic(fmt.Errorf(\"not implemented: "

// Implement implements plugin.ResolverImplementer.
func (b bodies) Implement(previous string, f *codegen.Field) string {
	if previous != "" && !strings.HasPrefix(previous, unwritten) {
		return previous
	}
	if body := b.body(f); body != "" {
		return body
	}
	return fmt.Sprintf(unwritten+"%v - %v\"))", f.GoFieldName, f.Name)
}

// body returns the body of a resolver; "" for one to write by hand.
func (b bodies) body(f *codegen.Field) string {
	name := f.Object.Name
	m := member(object(b.objects, name), f.Name)
	switch {
	case strings.HasSuffix(name, "Connection") && f.Name == "totalCount":
		return "return totals(ctx, objs)"
	case strings.HasSuffix(name, "Payload"):
		of := object(b.objects, strings.TrimSuffix(f.TypeReference.Definition.Name, "Edge"))
		if of != nil && of.List != "" {
			return fmt.Sprintf("return edgesOf(objs, func(p *model.%s) *model.%sEdge { return model.New%[2]sEdge(p.%[2]s) }), nil", name, of.Name)
		}
	case m == nil || m.Kind != entity.Edge:
	case m.List != "":
		return fmt.Sprintf("return listOf(ctx, %q, query.%s{}, keys(objs, query.%s.Key), pageArgs(first, after, last, before), page.Newest(), model.New%sConnection)",
			name+"."+f.Name, m.List, object(b.objects, name).Plural, m.Target)
	case m.Key != "":
		target := object(b.objects, m.Target)
		if target == nil {
			return ""
		}
		helper, pointer := "related", ""
		if m.Null {
			helper, pointer = "relatedIfAny", "*"
		}
		return fmt.Sprintf("return %s(ctx, objs, query.%s, func(o *ent.%s) %stypeid.%s { return o.%s })", helper, target.Plural, name, pointer, target.ID, m.Key)
	}
	return ""
}
