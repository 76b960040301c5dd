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

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/operation"
)

// readBody reads parameters from the JSON body of a POST. The body is bounded
// before it is read and never quoted in an error.
func (t *transport) readBody(w http.ResponseWriter, r *http.Request, op *operation.Operation) *requestError {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		answer := requestErrorf(http.StatusUnsupportedMediaType, "send the body without a Content-Encoding")
		answer.header = http.Header{"Accept-Encoding": {"identity"}}
		return answer
	}
	if !acceptsBody(r.Header) {
		answer := requestErrorf(http.StatusUnsupportedMediaType,
			"send the request as Content-Type: application/json in UTF-8")
		answer.header = http.Header{"Accept-Post": {jsonType}}
		return answer
	}
	limit := int64(t.limits.BodyBytes)
	if limit >= 0 {
		if r.ContentLength > limit {
			return tooLarge("body", limit)
		}
		if r.ContentLength < 0 { // net/http reads no more than an announced length
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
	}
	buffer := t.buffers.get()
	defer t.buffers.put(buffer)
	body, err := readAll((*buffer)[:0], r)
	if err != nil {
		return bodyError(err, limit)
	}
	*buffer = body
	return t.parseParams(body, op)
}

// readAll appends the body to dst, with a single read if its length is
// announced.
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

func bodyError(err error, limit int64) *requestError {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge("body", limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &requestError{
			status: http.StatusRequestTimeout,
			err:    operation.Errorf(apperr.Timeout, "the body did not arrive in time"),
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("the body ended before its announced length")
	}
	return malformed("the body could not be read")
}

func tooLarge(part string, limit int64) *requestError {
	return requestErrorf(http.StatusRequestEntityTooLarge, "%s limit: the %s is larger than %d bytes", part, part, limit)
}

// parseParams reads {"query", "operationName", "variables", "extensions",
// "documentId"}; other members are ignored.
func (t *transport) parseParams(body []byte, op *operation.Operation) *requestError {
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return malformed("the body is empty: send a JSON object with a query")
	}
	if !utf8.Valid(body) {
		return malformed("the body is not valid UTF-8")
	}
	d := &decoder{data: body}
	switch d.peek() {
	case '{':
	case '[':
		return malformed("batching is off: send one operation in each request, as a JSON object")
	default:
		return malformed("the body must be a JSON object with a query")
	}
	var seen [len(parameterNames)]bool
	var wrong *requestError
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
			wrong = t.set(op, name, value, d.pos-start)
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return malformed("the body is not valid JSON: %s", err)
	}
	return wrong
}

var parameterNames = [...]string{"query", "operationName", "variables", "extensions", "documentId"}

func parameterIndex(name string) int { return slices.Index(parameterNames[:], name) }

// set stores one parameter. Its size is in bytes, and null is the same as
// absent.
func (t *transport) set(op *operation.Operation, name string, value any, size int) *requestError {
	if value == nil {
		return nil
	}
	ok := false
	switch name {
	case "query":
		if op.Query, ok = value.(string); !ok {
			return wrongType(name, "a string")
		}
	case "documentId":
		if op.DocumentID, ok = value.(string); !ok {
			return wrongType(name, "a string or null")
		}
	case "operationName":
		if op.Name, ok = value.(string); !ok {
			return wrongType(name, "a string or null")
		}
	case "variables":
		if op.Variables, ok = value.(map[string]any); !ok {
			return wrongType(name, "an object or null")
		}
		if operation.Exceeded(size, t.limits.VariablesBytes) {
			return malformed("variables limit: the variables take %d bytes, at most %d are allowed", size, t.limits.VariablesBytes)
		}
	case "extensions":
		if op.Extensions, ok = value.(map[string]any); !ok {
			return wrongType(name, "an object or null")
		}
	}
	return nil
}

func wrongType(name, want string) *requestError {
	answer := malformed("%s must be %s", name, want)
	answer.err.Extensions["fields"] = []apperr.Field{{Path: name, Message: "must be " + want}}
	return answer
}

// readQuery reads parameters from the query string of a GET.
func (t *transport) readQuery(r *http.Request, op *operation.Operation) *requestError {
	if size := len(r.URL.RawQuery); operation.Exceeded(size, t.limits.URLBytes) {
		return requestErrorf(http.StatusRequestURITooLong,
			"URL limit: the query string takes %d bytes, at most %d are allowed: send a POST", size, t.limits.URLBytes)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return malformed("the query string is not well-formed")
	}
	for _, name := range parameterNames {
		texts := values[name]
		if len(texts) == 0 || texts[0] == "" && len(texts) == 1 {
			continue
		}
		if len(texts) > 1 {
			return malformed("%s is given %d times in the query string", name, len(texts))
		}
		text := texts[0]
		if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return malformed("%s is not valid UTF-8 without NUL", name)
		}
		var value any = text
		if name == "variables" || name == "extensions" {
			if value, err = decodeJSON([]byte(text)); err != nil {
				return malformed("%s is not valid JSON: %s", name, err)
			}
		}
		if wrong := t.set(op, name, value, len(text)); wrong != nil {
			return wrong
		}
	}
	return nil
}
