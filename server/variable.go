package server

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// variableErrors turns the executor's faults in variables into bad input. The
// place of a fault in the input goes to fields, since path is for places in a
// response.
func variableErrors(faults gqlerror.List) gqlerror.List {
	list := make(gqlerror.List, 0, len(faults))
	for _, fault := range faults {
		if len(fault.Path) == 0 || fault.Path[0] != ast.PathName("variable") {
			list = append(list, fault)
			continue
		}
		path := strings.TrimPrefix(fault.Path[1:].String(), ".")
		shown := codedError(apperr.BadUserInput, "variable $%s: %s", path, bounded(fault.Message))
		shown.Extensions["fields"] = []apperr.Field{{Path: path, Message: bounded(fault.Message)}}
		list = append(list, shown)
	}
	return list
}
