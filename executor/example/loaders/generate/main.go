// Command generate is what go generate runs instead of the gqlgen command: gqlgen with the executor's plugin and the plugin that writes a
// test which compares both executors.
package main

import (
	"fmt"
	"os"

	"github.com/99designs/gqlgen/api"

	"github.com/weftql/weft/executor/oracletest/stub"
	"github.com/weftql/weft/executor/plugin"
)

func main() {
	if err := plugin.Generate("", api.AddPlugin(stub.New())); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
