// Command generate is gqlgen with the plugin of package executor: it makes Go
// of graph/schema after gqlgen.yml, and beside it the tables that breadth-first
// execution reads. `make generate` runs it.
package main

import (
	"fmt"
	"os"

	"github.com/weftql/weft/executor/plugin"
)

func main() {
	if err := plugin.Generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
