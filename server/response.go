package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/internal/apperr"
)

// maxPooled is the largest buffer, in bytes, that is kept for another request.
const maxPooled = 1 << 20

// buffers lends byte slices to requests.
type buffers struct{ pool sync.Pool }

func (b *buffers) get() *[]byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return buffer
	}
	buffer := make([]byte, 0, 4<<10)
	return &buffer
}

func (b *buffers) put(buffer *[]byte) {
	if cap(*buffer) <= maxPooled {
		*buffer = (*buffer)[:0]
		b.pool.Put(buffer)
	}
}

// appendResponse appends a response as JSON. Data is JSON already and is
// copied as it stands: encoding it again would scan all of it.
func appendResponse(dst []byte, errs gqlerror.List, data []byte, extensions map[string]any) ([]byte, error) {
	dst = append(dst, '{')
	if len(errs) > 0 {
		text, err := json.Marshal(errs)
		if err != nil {
			return nil, fmt.Errorf("encode errors: %w", err)
		}
		dst = append(dst, `"errors":`...)
		dst = append(dst, text...)
	}
	if data != nil {
		if len(errs) > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `"data":`...)
		dst = append(dst, data...)
	}
	if len(extensions) > 0 {
		text, err := json.Marshal(extensions)
		if err != nil {
			return nil, fmt.Errorf("encode extensions: %w", err)
		}
		if len(errs) > 0 || data != nil {
			dst = append(dst, ',')
		}
		dst = append(dst, `"extensions":`...)
		dst = append(dst, text...)
	}
	return append(dst, '}'), nil
}

// writeResult answers with what an execution returned.
func (t *transport) writeResult(w http.ResponseWriter, r *http.Request, x *exchange, media mediaType, result *graphql.Response) {
	status := http.StatusOK
	data := []byte(result.Data)
	errs := x.stamp(result.Errors)
	switch {
	case data != nil:
	case len(errs) == 0:
		data = []byte("null")
	default: // refused before execution
		status = statusOf(apperr.Code(x.codes[0]))
		if status == http.StatusBadRequest && media == mediaJSON {
			status = http.StatusOK
		}
		if seconds, ok := errs[0].Extensions["retryAfter"].(int); ok {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	}
	t.write(w, r, media, status, errs, data, result.Extensions)
}

// buffered is how many bytes of a body net/http keeps until the handler
// returns; it then knows the length by itself.
const buffered = 2 << 10

// write answers with the parts of a response; nil data is left out.
func (t *transport) write(w http.ResponseWriter, r *http.Request, media mediaType, status int, errs gqlerror.List, data []byte, extensions map[string]any) {
	buffer := t.buffers.get()
	defer t.buffers.put(buffer)
	body, err := appendResponse((*buffer)[:0], errs, data, extensions)
	if err != nil {
		x := exchangeFrom(r.Context())
		shown := x.stamp(gqlerror.List{toClient(r.Context(), t.logger, err)})
		status = http.StatusInternalServerError
		if body, err = appendResponse((*buffer)[:0], shown, nil, nil); err != nil {
			panic(err)
		}
	}
	*buffer = body
	header := w.Header()
	header["Content-Type"] = t.contentTypes[media]
	if len(body) > buffered || r.Method == http.MethodHead {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if r.Method != http.MethodPost { // of which caches keep no answer (RFC 9111, section 3)
		header.Set("Cache-Control", "no-store")
		header.Add("Vary", "Accept")
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		exchangeFrom(r.Context()).clientGone = true
	}
}
