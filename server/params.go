package server

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// params are the parameters of a GraphQL request, well-formed but not yet
// looked at.
type params struct {
	query         string
	operationName string
	variables     map[string]any
	extensions    map[string]any
}

// refusal is an answer that ends a request before anything is executed.
type refusal struct {
	status int // for both media types
	err    *gqlerror.Error
	header http.Header // added to the answer; may be nil
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, err: codedError(apperr.BadUserInput, format, args...)}
}

func malformed(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, format, args...)
}

// readBody reads parameters from the JSON body of a POST. The body is bounded
// before it is read and never quoted in an error.
func (t *transport) readBody(w http.ResponseWriter, r *http.Request) (*params, *refusal) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		answer := refuse(http.StatusUnsupportedMediaType, "send the body without a Content-Encoding")
		answer.header = http.Header{"Accept-Encoding": {"identity"}}
		return nil, answer
	}
	if !acceptsBody(r.Header) {
		answer := refuse(http.StatusUnsupportedMediaType,
			"send the request as Content-Type: application/json in UTF-8")
		answer.header = http.Header{"Accept-Post": {jsonType}}
		return nil, answer
	}
	limit := int64(t.limits.BodyBytes)
	if limit >= 0 {
		if r.ContentLength > limit {
			return nil, tooLarge("body", limit)
		}
		if r.ContentLength < 0 { // net/http reads no more than an announced length
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
	}
	buffer := t.buffers.get()
	defer t.buffers.put(buffer)
	body, err := readAll((*buffer)[:0], r)
	if err != nil {
		return nil, bodyError(err, limit)
	}
	*buffer = body
	return t.parseParams(body)
}

// readAll appends the body to dst: in one piece if its length is announced.
func readAll(dst []byte, r *http.Request) ([]byte, error) {
	if r.ContentLength >= 0 {
		dst = slices.Grow(dst, int(r.ContentLength))[:r.ContentLength]
		_, err := io.ReadFull(r.Body, dst)
		return dst, err
	}
	body := bytes.NewBuffer(dst)
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

func bodyError(err error, limit int64) *refusal {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge("body", limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &refusal{
			status: http.StatusRequestTimeout,
			err:    codedError(apperr.Timeout, "the body did not arrive in time"),
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the body ended before its announced length")
	}
	return malformed("the body could not be read")
}

func tooLarge(part string, limit int64) *refusal {
	return refuse(http.StatusRequestEntityTooLarge, "%s limit: the %s is larger than %d bytes", part, part, limit)
}

// parseParams reads {"query", "operationName", "variables", "extensions"};
// other members are ignored.
func (t *transport) parseParams(body []byte) (*params, *refusal) {
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return nil, malformed("the body is empty: send a JSON object with a query")
	}
	if !utf8.Valid(body) {
		return nil, malformed("the body is not valid UTF-8")
	}
	d := &decoder{data: body}
	switch d.peek() {
	case '{':
	case '[':
		return nil, malformed("batching is off: send one operation in each request, as a JSON object")
	default:
		return nil, malformed("the body must be a JSON object with a query")
	}
	p := &params{}
	var seen [len(parameterNames)]bool
	var wrong *refusal
	err := d.object(func(name string) error {
		index := parameterIndex(name)
		if index >= 0 && seen[index] {
			return d.fault("a name is given twice in one object")
		}
		start := d.pos
		value, err := d.value()
		if err != nil || index < 0 {
			return err
		}
		seen[index] = true
		if wrong == nil {
			wrong = t.set(p, name, value, d.pos-start)
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, malformed("the body is not valid JSON: %s", err)
	}
	return p, wrong
}

var parameterNames = [...]string{"query", "operationName", "variables", "extensions"}

func parameterIndex(name string) int { return slices.Index(parameterNames[:], name) }

// set stores one parameter of a given size in bytes. Null is the same as
// absent.
func (t *transport) set(p *params, name string, value any, size int) *refusal {
	if value == nil {
		return nil
	}
	ok := false
	switch name {
	case "query":
		if p.query, ok = value.(string); !ok {
			return wrongType(name, "a string")
		}
	case "operationName":
		if p.operationName, ok = value.(string); !ok {
			return wrongType(name, "a string or null")
		}
	case "variables":
		if p.variables, ok = value.(map[string]any); !ok {
			return wrongType(name, "an object or null")
		}
		if exceeded(size, t.limits.VariablesBytes) {
			return malformed("variables limit: the variables take %d bytes, at most %d are allowed", size, t.limits.VariablesBytes)
		}
	case "extensions":
		if p.extensions, ok = value.(map[string]any); !ok {
			return wrongType(name, "an object or null")
		}
	}
	return nil
}

func wrongType(name, want string) *refusal {
	answer := malformed("%s must be %s", name, want)
	answer.err.Extensions["fields"] = []apperr.Field{{Path: name, Message: "must be " + want}}
	return answer
}

// readQuery reads parameters from the query string of a GET.
func (t *transport) readQuery(r *http.Request) (*params, *refusal) {
	if size := len(r.URL.RawQuery); exceeded(size, t.limits.URLBytes) {
		return nil, refuse(http.StatusRequestURITooLong,
			"URL limit: the query string takes %d bytes, at most %d are allowed: send a POST", size, t.limits.URLBytes)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed("the query string is not well-formed")
	}
	p := &params{}
	for _, name := range parameterNames {
		texts := values[name]
		if len(texts) == 0 || texts[0] == "" && len(texts) == 1 {
			continue
		}
		if len(texts) > 1 {
			return nil, malformed("%s is given %d times in the query string", name, len(texts))
		}
		text := texts[0]
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return nil, malformed("%s is not valid UTF-8 without NUL", name)
		}
		var value any = text
		if name == "variables" || name == "extensions" {
			if value, err = decodeJSON([]byte(text)); err != nil {
				return nil, malformed("%s is not valid JSON: %s", name, err)
			}
		}
		if wrong := t.set(p, name, value, len(text)); wrong != nil {
			return nil, wrong
		}
	}
	return p, nil
}
