// Command generate is what go generate runs in place of the gqlgen command: gqlgen with the executor's plugin.
package main

import (
	"fmt"
	"os"

	"github.com/weftql/weft/executor/plugin"
)

func main() {
	if err := plugin.Generate(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
