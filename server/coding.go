package server

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The codings in which compressed bodies are kept, as in Content-Encoding.
const (
	codingGzip = "gzip"
	codingZstd = "zstd"
)

// preferred returns the coding that a client prefers, zstd if it likes both
// equally, or "" if it accepts neither.
func preferred(header http.Header) string {
	var gz, zst float64
	for _, line := range header["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			to := &gz
			switch strings.ToLower(strings.TrimSpace(name)) {
			case codingGzip:
			case codingZstd:
				to = &zst
			default:
				continue
			}
			*to = 1
			if q, found := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); found {
				n, err := strconv.ParseFloat(q, 64)
				if *to = n; err != nil || !(n >= 0 && n <= 1) {
					*to = 0
				}
			}
		}
	}
	switch {
	case zst > 0 && zst >= gz:
		return codingZstd
	case gz > 0:
		return codingGzip
	}
	return ""
}

// coder compresses whole bodies that are kept. It spends more time on them than
// is spent on a body that is sent once. It is safe for concurrent use.
type coder struct {
	zstd *zstd.Encoder
	gzip sync.Pool
}

// window bounds the memory that a client needs to unpack a body, well below the
// 8 MiB of RFC 9659.
const window = 1 << 20

func newCoder() (*coder, error) {
	// Only EncodeAll is called, so no goroutine starts that must be stopped.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window))
	return &coder{zstd: z}, err
}

// compress returns a body in the given coding.
func (c *coder) compress(coding string, body []byte) []byte {
	if coding == codingZstd {
		return bytes.Clone(c.zstd.EncodeAll(body, make([]byte, 0, len(body)/2)))
	}
	w, ok := c.gzip.Get().(*gzip.Writer)
	if !ok {
		w = gzip.NewWriter(nil)
	}
	defer c.gzip.Put(w)
	var to bytes.Buffer
	w.Reset(&to)
	_, err := w.Write(body)
	if end := w.Close(); err != nil || end != nil {
		panic("server: a buffer takes no more bytes")
	}
	return bytes.Clone(to.Bytes())
}
