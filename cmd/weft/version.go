package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version prints the module's version, the commit and the Go release.
func version(_ context.Context, in invocation) error {
	if err := in.parse(in.flags("version", ""), 0); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		_, err := fmt.Fprintln(in.stdout, "weft, built without module information")
		return err
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = " " + s.Value
		}
	}
	_, err := fmt.Fprintf(in.stdout, "weft %s%s %s\n", info.Main.Version, revision, info.GoVersion)
	return err
}
