package stackexchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxRow bounds a row in bytes. The longest real ones have some 100 KB.
const maxRow = 16 << 20

// maxRowLines bounds the lines of a row: the format has one. What is open for
// longer is no row, and to look for its end would take ever more time.
const maxRowLines = 100

// FileError is a file that cannot be what it is named after: cut off, of
// another format, unreadable. It stops an import.
type FileError struct {
	File string
	Line int
	Err  error
}

// Error names the file and the line.
func (e *FileError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Fault is a broken row, which an import skips.
type Fault struct {
	File   string
	Line   int
	Reason string
}

// String names the file and the line.
func (f Fault) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason) }

// reader reads the rows of one file. The format is one row a line, which makes
// it possible to step over a broken row to the next; encoding/xml would stop
// there, and takes several times as long.
type reader struct {
	lines lineReader
	root  string
	name  string
	row   row
	fault func(line int, reason string)
}

func newReader(r io.Reader, name, root string, fault func(line int, reason string)) *reader {
	return &reader{
		lines: lineReader{in: bufio.NewReaderSize(r, 256<<10), max: maxRow}, root: root, name: name, fault: fault,
	}
}

// each calls fn with each row and the line it begins at. The error is fn's own
// or a *FileError.
func (r *reader) each(fn func(line int, row *row) error) error {
	rest, err := r.open()
	if err != nil || rest == nil {
		return err
	}
	for {
		rest = bytes.TrimSpace(rest)
		switch {
		case len(rest) == 0:
			if rest, err = r.next("ends without </" + r.root + ">"); err != nil {
				return err
			}
		case isRow(rest):
			if rest, err = r.one(rest, fn); err != nil {
				return err
			}
		case r.isEnd(rest):
			return r.close(rest[bytes.IndexByte(rest, '>')+1:])
		case bytes.HasPrefix(rest, []byte("<!--")):
			if rest, err = r.comment(rest); err != nil {
				return err
			}
		default:
			r.fault(r.lines.number, fmt.Sprintf("%.40q is not a row", rest))
			rest = nil
		}
	}
}

// one reads the row that text begins with, over several lines if need be.
func (r *reader) one(text []byte, fn func(int, *row) error) (rest []byte, err error) {
	line := r.lines.number
	for {
		rest, err = r.row.parse(text)
		if !errors.Is(err, errOpen) {
			break
		}
		// The lines' buffer is used again, so what there is moves to one of its own.
		text = append(bytes.Clone(text), '\n')
		more, nextErr := r.next("ends in the middle of a row")
		if nextErr != nil {
			return nil, nextErr
		}
		if trimmed := bytes.TrimSpace(more); isRow(trimmed) || r.isEnd(trimmed) || r.lines.number-line == maxRowLines {
			r.fault(line, errOpen.Error())
			return more, nil
		}
		if len(text)+len(more) > maxRow {
			r.fault(line, fmt.Sprintf("the row is longer than %d MiB", maxRow>>20))
			return nil, nil
		}
		text = append(text, more...)
	}
	r.row.size = len(text) - len(rest)
	if err == nil {
		err = checkBytes(text[:r.row.size])
	}
	if err != nil {
		r.fault(line, err.Error())
		return rest, nil
	}
	return rest, fn(line, &r.row)
}

// open reads up to the root's start tag; a nil rest without error means an
// empty root.
func (r *reader) open() (rest []byte, err error) {
	const missing = "ends before its root element"
	if rest, err = r.next(missing); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(rest, []byte("\xff\xfe")) || bytes.HasPrefix(rest, []byte("\xfe\xff")) {
		return nil, r.broken("is UTF-16, and must be UTF-8")
	}
	rest = bytes.TrimPrefix(rest, []byte("\ufeff"))
	for {
		rest = bytes.TrimSpace(rest)
		switch {
		case len(rest) == 0:
			if rest, err = r.next(missing); err != nil {
				return nil, err
			}
		case bytes.HasPrefix(rest, []byte("<?")):
			end := bytes.Index(rest, []byte("?>"))
			if end < 0 {
				return nil, r.broken("its XML declaration is not closed")
			}
			if !isUTF8(string(rest[:end])) {
				return nil, r.broken("is not declared as UTF-8")
			}
			rest = rest[end+2:]
		case bytes.HasPrefix(rest, []byte("<!--")):
			if rest, err = r.comment(rest); err != nil {
				return nil, err
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			return nil, r.broken("has a document type, which no dump has: this is HTML or another format")
		default:
			return r.start(rest)
		}
	}
}

// start reads the root's start tag.
func (r *reader) start(text []byte) ([]byte, error) {
	after, ok := bytes.CutPrefix(text, []byte("<"+r.root))
	end := bytes.IndexByte(after, '>')
	if !ok || end < 0 || end > 0 && !bytes.ContainsAny(after[:1], " \t/") {
		return nil, r.broken(fmt.Sprintf("begins with %.40q instead of <%s>", text, r.root))
	}
	if end > 0 && after[end-1] == '/' {
		return nil, r.close(after[end+1:])
	}
	return append([]byte{}, after[end+1:]...), nil
}

// close checks that nothing follows the root. Reading on to the end also makes
// gzip check its sum.
func (r *reader) close(rest []byte) error {
	for {
		rest = bytes.TrimSpace(rest)
		if bytes.HasPrefix(rest, []byte("<!--")) {
			var err error
			if rest, err = r.comment(rest); err != nil {
				return err
			}
			continue
		}
		if len(rest) > 0 {
			return r.broken("has more after </" + r.root + ">")
		}
		line, tooLong, err := r.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return r.unreadable(err)
		case tooLong:
			return r.broken("has more after </" + r.root + ">")
		}
		rest = line
	}
}

// comment steps over an XML comment.
func (r *reader) comment(text []byte) ([]byte, error) {
	for {
		if end := bytes.Index(text, []byte("-->")); end >= 0 {
			return text[end+3:], nil
		}
		var err error
		if text, err = r.next("ends in a comment"); err != nil {
			return nil, err
		}
	}
}

// next returns the next line; atEnd says what is wrong if there is none. A
// line beyond maxRow is a fault, and comes back empty.
func (r *reader) next(atEnd string) ([]byte, error) {
	line, tooLong, err := r.lines.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, r.broken(atEnd)
	case err != nil:
		return nil, r.unreadable(err)
	case tooLong:
		r.fault(r.lines.number, fmt.Sprintf("the row is longer than %d MiB", maxRow>>20))
		return nil, nil
	}
	return line, nil
}

func (r *reader) broken(reason string) error {
	return &FileError{File: r.name, Line: r.lines.number, Err: errors.New("the file " + reason)}
}

func (r *reader) unreadable(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{File: r.name, Line: r.lines.number, Err: fmt.Errorf("the compressed file is cut off: %w", err)}
	}
	return &FileError{File: r.name, Line: r.lines.number, Err: fmt.Errorf("read file: %w", err)}
}

func (r *reader) isEnd(text []byte) bool {
	after, ok := bytes.CutPrefix(text, []byte("</"+r.root))
	return ok && bytes.HasPrefix(bytes.TrimSpace(after), []byte(">"))
}

func isRow(text []byte) bool {
	return bytes.HasPrefix(text, []byte("<row")) && (len(text) == 4 || bytes.IndexByte([]byte(" \t/>\r\n"), text[4]) >= 0)
}

// isUTF8 reports whether an XML declaration names UTF-8, its subset ASCII, or
// nothing.
func isUTF8(declaration string) bool {
	_, encoding, ok := strings.Cut(strings.ToLower(declaration), "encoding")
	return !ok || strings.Contains(encoding, "utf-8") || strings.Contains(encoding, "us-ascii")
}
