package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// asset is a file as it is sent.
type asset struct {
	body        []byte
	gzipped     bool
	immutable   bool // its name changes with its content
	contentType string
	etag        string // weak: the same for the compressed and the plain form
}

// assets returns the files of the page by URL path. They are stored gzipped.
func assets() (map[string]asset, error) {
	files := map[string]asset{}
	err := fs.WalkDir(dist, "dist/assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		plain := strings.TrimSuffix(name, ".gz")
		contentType, err := contentTypeOf(plain)
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(plain, "dist")] = asset{
			body: body, gzipped: plain != name, contentType: contentType, etag: etag(body),
			immutable: strings.Contains(path.Base(plain), "-"), // NAME-HASH.js
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read playground: %w", err)
	}
	return files, nil
}

// contentTypeOf does not ask the system, whose tables differ.
func contentTypeOf(name string) (string, error) {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".txt":
		return "text/plain; charset=utf-8", nil
	case ".svg":
		return "image/svg+xml", nil
	case ".ttf":
		return "font/ttf", nil
	}
	return "", fmt.Errorf("%s: a kind of file without a content type", name)
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", a.etag)
	h.Set("Cache-Control", "no-cache")
	if a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.gzipped {
		h.Set("Vary", "Accept-Encoding")
	}
	if matches(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", a.contentType)
	if a.gzipped && !accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		if r.Method == http.MethodHead {
			return
		}
		plain, err := gzip.NewReader(bytes.NewReader(a.body))
		if err != nil { // a test reads every file
			http.Error(w, "damaged file", http.StatusInternalServerError)
			return
		}
		_, _ = io.Copy(w, plain) // fails only when the client has gone
		return
	}
	if a.gzipped {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(a.body) // likewise
}

// matches says whether an If-None-Match header names the tag.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || "W/"+strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

// accepts says whether an Accept-Encoding header allows coding.
func accepts(header, coding string) bool {
	others := false
	for item := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(item, ";")
		_, weight, weighted := strings.Cut(params, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		allowed := !weighted || err == nil && q > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case coding:
			return allowed
		case "*":
			others = allowed
		}
	}
	return others
}
