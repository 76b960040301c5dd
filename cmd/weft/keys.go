package main

import (
	"context"
	"fmt"
	"time"

	"github.com/weftql/weft/auth/keyring"
	"github.com/weftql/weft/internal/config"
)

// manageKeys changes the file of the keys that sign access tokens. Servers that
// share it notice by themselves; nobody is signed out.
func manageKeys(_ context.Context, in invocation) error {
	set := in.flags("keys", "generate|list|rotate")
	file := set.String("file", "", "key file, instead of WEFT_JWT_KEYS_FILE")
	if len(in.args) > 1 && in.args[0] != "" && in.args[0][0] != '-' {
		in.args = append(in.args[1:len(in.args):len(in.args)], in.args[0]) // flags may follow the word
	}
	if err := in.parse(set, 1); err != nil {
		return err
	}
	if *file == "" {
		c, err := config.Load(in.environ, dotenv)
		if err != nil {
			return err
		}
		*file = c.KeysFile
	}
	var keys []keyring.Key
	var err error
	switch set.Arg(0) {
	case "generate":
		keys, err = keyring.Generate(*file, time.Now())
	case "list":
		keys, err = keyring.List(*file)
	case "rotate":
		keys, err = keyring.Rotate(*file, time.Now())
	default:
		fmt.Fprintf(in.stderr, "weft keys: want generate, list or rotate, not %q\n", set.Arg(0))
		return errUsage
	}
	if err != nil {
		return err
	}
	for _, k := range keys {
		if _, err := fmt.Fprintf(in.stdout, "%s  %-8s  since %s\n", k.ID, k.State, k.Since.Format(time.RFC3339)); err != nil {
			return err
		}
	}
	return nil
}
