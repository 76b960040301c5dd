package server

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// mediaType is the form of a response; it also decides which status a request
// error gets.
type mediaType int

const (
	// mediaJSON answers well-formed requests with 200 whatever their errors.
	mediaJSON mediaType = iota
	// mediaResponse answers with 400 where no operation was executed.
	mediaResponse
)

const (
	jsonType     = "application/json"
	responseType = "application/graphql-response+json"
)

func (m mediaType) contentType() string {
	if m == mediaResponse {
		return responseType + "; charset=utf-8"
	}
	return jsonType + "; charset=utf-8"
}

// negotiate chooses the response's media type. A missing header and bare
// wildcards mean application/json, which old clients expect. If both types are
// named with equal weight, application/graphql-response+json wins. The result
// is false if neither type is acceptable.
func negotiate(header http.Header) (mediaType, bool) {
	values := header["Accept"]
	if len(values) == 0 {
		return mediaJSON, true
	}
	if len(values) == 1 {
		switch values[0] {
		case "", "*/*", jsonType:
			return mediaJSON, true
		case responseType:
			return mediaResponse, true
		}
	}
	var plain, response weight
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			name, params, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
				continue
			}
			q := quality(params)
			switch name {
			case jsonType:
				plain.add(exact, q)
			case responseType:
				response.add(exact, q)
			case "application/*":
				plain.add(subtypes, q)
				response.add(subtypes, q)
			case "*/*":
				plain.add(anything, q)
				response.add(anything, q)
			}
		}
	}
	switch {
	case response.q > plain.q, response.q == plain.q && response.match == exact && response.q > 0:
		return mediaResponse, true
	case plain.q > 0:
		return mediaJSON, true
	}
	return mediaJSON, false
}

// How closely a media range matches a type, from not at all to exactly.
const (
	none = iota
	anything
	subtypes
	exact
)

// weight is the quality that the closest media range gives a type.
type weight struct {
	match int
	q     float64
}

func (w *weight) add(match int, q float64) {
	if match > w.match || match == w.match && q > w.q {
		*w = weight{match, q}
	}
}

// quality reads the q parameter; one that is malformed counts as 0.
func quality(params map[string]string) float64 {
	text, ok := params["q"]
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}

// acceptsBody reports whether a POST carries JSON in UTF-8. It refuses every
// content type that a browser sends without a preflight (none, text/plain, a
// form), and so keeps another site's page from posting an operation.
func acceptsBody(header http.Header) bool {
	values := header["Content-Type"]
	if len(values) != 1 {
		return false
	}
	if values[0] == jsonType {
		return true
	}
	name, params, err := mime.ParseMediaType(values[0])
	if err != nil || name != jsonType {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
