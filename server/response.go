package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weftql/weft/internal/operation"
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

// appendResponse appends a response as JSON. Data is JSON already and is copied
// as it is: encoding it again would scan all of it.
func appendResponse(dst []byte, r *operation.Response) ([]byte, error) {
	dst = append(dst, '{')
	if len(r.Errors) > 0 {
		text, err := json.Marshal(r.Errors)
		if err != nil {
			return nil, fmt.Errorf("encode errors: %w", err)
		}
		dst = append(dst, `"errors":`...)
		dst = append(append(dst, text...), ',')
	}
	if r.Data != nil {
		dst = append(dst, `"data":`...)
		dst = append(append(dst, r.Data...), ',')
	}
	if len(r.Extensions) > 0 || r.Cost != nil {
		dst = append(dst, `"extensions":{`...)
		if len(r.Extensions) > 0 {
			text, err := json.Marshal(r.Extensions)
			if err != nil {
				return nil, fmt.Errorf("encode extensions: %w", err)
			}
			dst = append(append(dst, text[1:len(text)-1]...), ',')
		}
		if r.Cost != nil {
			dst = append(r.Cost.AppendJSON(append(dst, `"cost":`...)), ',')
		}
		dst[len(dst)-1] = '}'
		dst = append(dst, ',')
	}
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}'), nil
}

// buffered is how many bytes of a body net/http keeps until the handler
// returns. If the whole body fits, net/http sets Content-Length itself.
const buffered = 2 << 10

// write answers with a response.
func (t *transport) write(w http.ResponseWriter, r *http.Request, media mediaType, status int, response *operation.Response) {
	x := exchangeFrom(r.Context())
	x.finish(r.Context(), t.logger, response)
	if response.NotModified {
		writeHeader(w.Header(), r, response)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if t.writeForm(w, r, media, status, response) {
		return
	}
	buffer := t.buffers.get()
	defer t.buffers.put(buffer)
	body, err := appendResponse((*buffer)[:0], response)
	if err != nil {
		response = operation.Fail(err)
		x.finish(r.Context(), t.logger, response)
		status = http.StatusInternalServerError
		if body, err = appendResponse((*buffer)[:0], response); err != nil {
			panic(err)
		}
	}
	*buffer = body
	header := w.Header()
	header["Content-Type"] = t.contentTypes[media]
	if len(body) > buffered || r.Method == http.MethodHead {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	writeHeader(header, r, response)
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		x.clientGone = true
	}
}

// writeForm answers with a compressed body that is kept, if this client and
// this response allow it, and reports whether it did.
func (t *transport) writeForm(w http.ResponseWriter, r *http.Request, media mediaType, status int, response *operation.Response) bool {
	if response.Forms == nil || t.coder == nil || r.Method == http.MethodHead || len(response.Data) < t.compressMin ||
		len(response.Errors) > 0 || len(response.Extensions) > 0 || response.Cost != nil {
		return false
	}
	coding := preferred(r.Header)
	if coding == "" {
		return false
	}
	body := response.Forms.Form(coding, func() []byte {
		buffer := t.buffers.get()
		defer t.buffers.put(buffer)
		plain, err := appendResponse((*buffer)[:0], response)
		if err != nil {
			panic(err) // data are JSON already
		}
		*buffer = plain
		return t.coder.compress(coding, plain)
	})
	header := w.Header()
	header["Content-Type"] = t.contentTypes[media]
	header["Content-Encoding"] = []string{coding}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	writeHeader(header, r, response)
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		exchangeFrom(r.Context()).clientGone = true
	}
	return true
}

// writeHeader sets the headers of a response.
func writeHeader(header http.Header, r *http.Request, response *operation.Response) {
	if response.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(operation.Seconds(response.RetryAfter)))
	}
	if cost := response.Cost; cost != nil {
		header["Ratelimit-Policy"] = []string{cost.Policy}
		header["Ratelimit"] = []string{cost.RateLimit()}
	}
	if r.Method != http.MethodPost { // caches keep no answer to a POST (RFC 9111, section 3)
		header.Set("Cache-Control", cacheControl(response.Cache))
		// One line, because nginx before 1.23 looks at only one.
		header["Vary"] = []string{strings.Join(append(header["Vary"], "Authorization, Cookie, Accept"), ", ")}
		if response.ETag != "" {
			header["Etag"] = []string{response.ETag}
		}
		if response.Age >= time.Second {
			header["Age"] = []string{strconv.Itoa(int(response.Age / time.Second))}
		}
	}
	if response.CacheStatus != "" {
		header["Cache-Status"] = []string{response.CacheStatus}
	}
	maps.Copy(header, response.Header)
}

// cacheControl is the header for a policy.
func cacheControl(p operation.CachePolicy) string {
	scope := "private"
	switch {
	case p.Revalidate:
		return "private, no-cache"
	case p.MaxAge <= 0:
		return "no-store"
	case p.Public:
		scope = "public"
	}
	line := scope + ", max-age=" + strconv.Itoa(int(p.MaxAge/time.Second))
	if p.Stale > 0 {
		line += ", stale-while-revalidate=" + strconv.Itoa(int(p.Stale/time.Second))
	}
	return line
}
