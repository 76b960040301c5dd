// Package playground serves GraphiQL from the binary: the page, its scripts
// and its workers come from this server alone, so that it works without the
// internet and under a strict Content-Security-Policy.
//
// It executes nothing: the page sends operations to the endpoint like any
// other client. README.md says how its assets are built.
package playground

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Operation is an example that the page opens in a tab of its own, which gets
// the operation's name.
type Operation struct {
	Query     string `json:"query"`
	Variables string `json:"variables,omitempty"` // a JSON object; may be empty
}

// Options says what the page shows to somebody who opens it for the first
// time; later it restores what they had.
type Options struct {
	Endpoint   string            // path of the GraphQL endpoint on this server; default /graphql
	Operations []Operation       // default: one empty tab
	Headers    map[string]string // sent with every operation unless the user edits them

	// Explain tells that the server answers GraphQL-Explain: 1 to everybody, so
	// that the page asks by itself while its panel of levels is open.
	Explain bool
}

// contentSecurityPolicy lets the page load its own files and talk to its own
// server. Monaco, the editor in GraphiQL, sets style attributes and elements,
// which no nonce can cover; styles cannot reach another host either.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page at / and its files under /assets/; mount it for
// both. It fails only where the embedded files are damaged.
func Handler(o Options) (http.Handler, error) {
	page, err := render(o)
	if err != nil {
		return nil, err
	}
	files, err := assets()
	if err != nil {
		return nil, err
	}
	files["/"] = page

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		file, ok := files[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "the playground is read with GET", http.StatusMethodNotAllowed)
		default:
			file.serve(w, r)
		}
	}), nil
}

// The page as built holds options between these, for the front end's own
// development server.
const (
	optionsStart = `<script type="application/json" id="options">`
	optionsEnd   = `</script>`
)

// render writes the options into the page.
func render(o Options) (asset, error) {
	built, err := dist.ReadFile("dist/index.html")
	if err != nil {
		return asset{}, fmt.Errorf("read page: %w", err)
	}
	before, rest, ok := strings.Cut(string(built), optionsStart)
	_, after, ended := strings.Cut(rest, optionsEnd)
	if !ok || !ended {
		return asset{}, errors.New("read page: no place for options in index.html")
	}
	headers, err := o.headerText()
	if err != nil {
		return asset{}, err
	}
	options, err := json.Marshal(struct { // escapes < and >, so it cannot end the element early
		Endpoint   string      `json:"endpoint"`
		Headers    string      `json:"headers,omitempty"`
		Operations []Operation `json:"operations,omitempty"`
		Explain    bool        `json:"explain,omitempty"`
	}{cmp.Or(o.Endpoint, "/graphql"), headers, o.Operations, o.Explain})
	if err != nil {
		return asset{}, fmt.Errorf("encode options: %w", err)
	}
	body := []byte(before + optionsStart + string(options) + optionsEnd + after)
	return asset{body: body, contentType: "text/html; charset=utf-8", etag: etag(body)}, nil
}

// headerText returns the headers as the page's editor shows them.
func (o Options) headerText() (string, error) {
	if len(o.Headers) == 0 {
		return "", nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(o.Headers); err != nil {
		return "", fmt.Errorf("encode headers: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}
