package stackexchange

import (
	"bufio"
	"errors"
	"io"
)

// lineReader reads lines of bounded length.
type lineReader struct {
	in     *bufio.Reader
	max    int    // bytes
	number int    // of the line last returned, from 1
	long   []byte // holds a line that is longer than in's buffer
}

// next returns a line without its end, valid until the next call; tooLong
// tells that it was longer than max and was skipped. The error is io.EOF after
// the last line, else the file's.
func (l *lineReader) next() (line []byte, tooLong bool, err error) {
	l.long = l.long[:0]
	l.number++
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.long) == 0 && !errors.Is(err, bufio.ErrBufferFull) {
			return trimEnd(part), false, l.atEnd(err, len(part))
		}
		if !tooLong && len(l.long)+len(part) <= l.max {
			l.long = append(l.long, part...)
		} else {
			tooLong = true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if tooLong {
			l.long = l.long[:0]
		}
		return trimEnd(l.long), tooLong, l.atEnd(err, 1)
	}
}

// atEnd turns the end of the file behind a last line without a line end into
// none: the next call meets it again.
func (l *lineReader) atEnd(err error, length int) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if length > 0 {
		return nil
	}
	l.number--
	return err
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	return line
}
