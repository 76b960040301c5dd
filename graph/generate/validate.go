package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/tools/imports"
)

// validate adds the imports that the bodies of resolvers lack, and compiles what
// was generated. It runs in the folder of gqlgen.yml.
func validate() error {
	files, err := filepath.Glob("graph/*.resolvers.go")
	if err != nil {
		return err
	}
	for _, file := range files {
		before, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		after, err := imports.Process(file, before, nil)
		if err != nil {
			return fmt.Errorf("add imports: %w", err)
		}
		if !bytes.Equal(before, after) {
			if err := os.WriteFile(file, after, 0o644); err != nil {
				return err
			}
		}
	}
	out, err := exec.CommandContext(context.Background(), "go", "build", "./graph/...").CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return fmt.Errorf("build what was generated:\n%s", out)
	}
	return err
}
