package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/weftql/weft/auth"
	"github.com/weftql/weft/internal/apperr"
)

// TestViewerWithoutDatabase wants a database that is away told as such, and not
// as a fault of the server.
func TestViewerWithoutDatabase(t *testing.T) {
	away := auth.Header{Find: func(context.Context, string) (auth.Viewer, error) {
		return auth.Viewer{}, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.RemoteAddr, r.Host = "127.0.0.1:1234", "localhost:8080"
	r.Header.Set(auth.ViewerHeader, "alice")
	if _, err := coded(auth.Middleware(away))(r); apperr.CodeOf(err) != apperr.Overloaded {
		t.Errorf("got %v, want %s", err, apperr.Overloaded)
	}
}

// TestNothingChangesBeforeAllIsChecked starts servers that cannot run: none has
// made a database, and each says what is the matter.
func TestNothingChangesBeforeAllIsChecked(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	keys := filepath.Join(t.TempDir(), "keys.json")
	var out bytes.Buffer
	if code := run(t.Context(), []string{"keys", "generate", "-file", keys}, nil, &out, &out); code != 0 {
		t.Fatal(out.String())
	}
	for name, tt := range map[string]struct {
		args    []string
		environ []string
		want    string
	}{
		"no keys":    {nil, []string{"WEFT_ENV=production"}, "weft keys generate"},
		"port taken": {nil, []string{"WEFT_ENV=production", "WEFT_JWT_KEYS_FILE=" + keys, "WEFT_ADDR=" + taken.Addr().String()}, "address already in use"},
		"private port taken": {nil, []string{
			"WEFT_ENV=production", "WEFT_JWT_KEYS_FILE=" + keys, "WEFT_ADDR=127.0.0.1:0", "WEFT_PRIVATE_ADDR=" + taken.Addr().String(),
		}, "address already in use"},
		"demo": {[]string{"serve", "-demo"}, []string{"WEFT_ENV=production", "WEFT_JWT_KEYS_FILE=" + keys}, "production (WEFT_ENV) refuses it"},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			var out bytes.Buffer
			code := run(t.Context(), tt.args, append(tt.environ, "WEFT_DATA_DIR="+data), &out, &out)
			if code != 1 || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit %d: %s", code, out.String())
			}
			if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was made: %v", err)
			}
		})
	}
}

// TestHelp wants each way to ask for help answered with what was asked for.
func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"help": "Usage: weft [verb]", "-h": "Usage: weft [verb]", "--help": "Usage: weft [verb]",
		"serve -h": "-addr", "migrate --help": "-dry-run", "--version": "weft ", "version": "weft ",
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), nil, &out, &out); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("weft %s: exit %d: %s", args, code, out.String())
		}
	}
}
