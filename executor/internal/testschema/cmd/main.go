// Command cmd regenerates the test schema: gqlgen with the executor's plugin, and with the one
// that writes a test which compares both executors.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/gqlgen/api"

	"github.com/weftql/weft/executor/oracletest/stub"
	"github.com/weftql/weft/executor/plugin"
)

func main() {
	// In a list of pointers to pointers gqlgen reports an error of a batch resolver at the wrong object.
	if err := plugin.Generate("", api.AddPlugin(stub.New("User.twins"))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
