package weft_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/weftql/weft"

// layers is who may import whom, the lowest first: a package imports only from
// lower layers, and of those only what its line names. "*" is everything
// below. Packages of ent and the playground's and executor's own parts are
// counted as one room each.
var layers = []map[string]string{
	{"internal/terminal": ""},
	{
		"internal/apperr": "", "internal/statement": "", "internal/position": "", "internal/config": "", "internal/progress": "internal/terminal",
		"internal/markup": "", "internal/telemetry": "internal/terminal", "internal/depend": "", "internal/sdl": "", "executor": "", "migrations": "", "playground": "",
		"graph/examples": "", "internal/testbed": "", "scripts/guide": "", "internal/ratelimit": "", "internal/fair": "", "internal/searchindex": "",
		"internal/yugabyte": "", // tests only
	},
	{
		"internal/publicid": "", "internal/input": "internal/apperr", "internal/page": "internal/apperr", "internal/revision": "internal/apperr", "internal/entity": "", "internal/row": "",
		"internal/replica": "internal/position", "internal/rediscache": "internal/position",
	},
	{"internal/operation": "executor internal/apperr internal/depend internal/position internal/replica internal/statement internal/telemetry"},
	{"internal/document": "internal/apperr internal/operation", "internal/persisted": "internal/apperr internal/operation", "internal/cost": "executor internal/operation internal/sdl internal/statement", "internal/cachepolicy": "internal/operation internal/sdl"},
	{
		"internal/budget":      "internal/apperr internal/cost internal/operation internal/ratelimit",
		"internal/consistency": "internal/apperr internal/operation internal/position",
	},
	{"ent/typeid": "internal/publicid", "internal/entity/generate": "internal/entity"},
	{"auth": "ent/typeid internal/apperr internal/fair", "internal/ghost": "ent/typeid"},
	{"ent": "auth ent/typeid internal/apperr internal/entity"},
	{
		"ent/table":         "ent ent/typeid internal/entity internal/row",
		"internal/database": "ent internal/apperr internal/position internal/replica internal/statement migrations",
	},
	{
		"internal/feed":        "ent ent/table internal/database internal/position",
		"internal/idempotency": "ent internal/apperr internal/database internal/operation ent/typeid",
		"internal/query":       "internal/statement auth ent ent/table internal/database internal/depend internal/page internal/row ent/typeid",
		"internal/admission":   "internal/apperr internal/database internal/fair internal/operation",
		"internal/bulk":        "auth ent ent/table internal/database internal/ghost internal/markup internal/row internal/searchindex ent/typeid",
	},
	{
		"internal/account":       "auth ent ent/table internal/apperr internal/database internal/ghost internal/input internal/feed internal/page internal/revision internal/row ent/typeid",
		"internal/cache":         "internal/database internal/depend internal/feed internal/position internal/replica",
		"internal/content":       "auth ent ent/table internal/apperr internal/database internal/ghost internal/input internal/feed internal/markup internal/query internal/revision internal/searchindex ent/typeid",
		"graph/loader":           "ent executor internal/apperr internal/depend internal/page internal/query internal/row internal/statement ent/typeid",
		"internal/seed":          "auth ent internal/bulk internal/database ent/typeid",
		"internal/stackexchange": "auth ent internal/bulk internal/database internal/markup ent/typeid",
	},
	{
		"graph/model":       "auth ent internal/page internal/query ent/typeid",
		"internal/answer":   "internal/cache internal/cachepolicy internal/depend internal/operation internal/rediscache",
		"internal/rowcache": "internal/cache internal/depend internal/operation internal/rediscache internal/row",
	},
	{"graph/generated": "auth ent executor graph/model ent/typeid"},
	{"graph/guard": "auth internal/apperr internal/sdl"},
	{"graph/generate": "ent/table executor graph/guard internal/cachepolicy internal/cost internal/entity"},
	{"graph": "auth ent ent/table executor graph/generated graph/guard graph/loader graph/model internal/account internal/apperr internal/content internal/database internal/idempotency internal/markup internal/operation internal/page internal/query ent/typeid"},
	{"server": "internal/apperr internal/operation internal/telemetry"},
	{"internal/redistest": "", "internal/dbtest": "ent internal/database internal/testbed", "internal/graphtest": "*"},
	{"cmd/weft": "*", "bench": "executor graph/examples internal/ratelimit internal/testbed"},
}

// TestImports holds the packages against layers.
func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		room := roomOf(p.ImportPath)
		layer, allowed := find(room)
		if layer < 0 {
			t.Errorf("%s is in no layer: add a line for %s", p.ImportPath, room)
			continue
		}
		for _, path := range p.Imports {
			other := roomOf(path)
			if other == "" || other == room {
				continue
			}
			at, _ := find(other)
			if at >= layer || allowed != "*" && !slices.Contains(strings.Fields(allowed), other) {
				t.Errorf("%s must not import %s", room, other)
			}
			if strings.HasSuffix(other, "test") && !strings.HasSuffix(room, "test") {
				t.Errorf("%s imports %s, which is for tests only", room, other)
			}
		}
	}
}

// TestPackageComments asks each package to say what it is for.
func TestPackageComments(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && !strings.HasSuffix(p.ImportPath, "/generated") && roomOf(p.ImportPath) != "ent" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

type listed struct {
	ImportPath, Doc string
	Imports         []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath != module {
			all = append(all, p)
		}
	}
}

// roomOf returns the room that a package of the module counts to, "" for
// other packages.
func roomOf(path string) string {
	room, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	for room != "" {
		if layer, _ := find(room); layer >= 0 {
			return room
		}
		up := strings.LastIndexByte(room, '/')
		if up < 0 {
			break
		}
		room = room[:up]
	}
	return strings.TrimPrefix(path, module+"/")
}

func find(room string) (layer int, allowed string) {
	for i, l := range layers {
		if allowed, ok := l[room]; ok {
			return i, allowed
		}
	}
	return -1, ""
}
