package stackexchange

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// fields reads typed attributes of a row and keeps the first thing that is
// wrong with them.
type fields struct {
	row *row
	err error
}

// text returns an attribute's value, "" when it is absent.
func (f *fields) text(name string) string {
	value, _, err := f.row.text(name)
	f.fail(err)
	return value
}

// required returns an attribute's value, which may be empty.
func (f *fields) required(name string) string {
	value, ok, err := f.row.text(name)
	f.fail(err)
	if !ok && err == nil {
		f.fail(fmt.Errorf("%s is missing", name))
	}
	return value
}

// optionalID returns an id of the dump; ok is false when it is absent.
func (f *fields) optionalID(name string) (id int64, ok bool) {
	value, ok, err := f.row.text(name)
	if err != nil || !ok {
		f.fail(err)
		return 0, false
	}
	id, err = number(value)
	if err == nil {
		err = checkID(id)
	}
	if err != nil {
		f.fail(fmt.Errorf("%s: %.40q %w", name, value, err))
	}
	return id, err == nil
}

func (f *fields) id(name string) int64 {
	id, ok := f.optionalID(name)
	if !ok {
		f.fail(fmt.Errorf("%s is missing", name))
	}
	return id
}

// score returns a 32-bit number; ok is false when it is absent.
func (f *fields) score() (score int, ok bool) {
	const name = "Score"
	value, ok, err := f.row.text(name)
	if err != nil || !ok {
		f.fail(err)
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		f.fail(fmt.Errorf("%s: %.40q is not a number", name, value))
	}
	return int(n), true
}

// created returns when the row was made. No zone is written; it is UTC.
func (f *fields) created() time.Time {
	const name = "CreationDate"
	value := f.required(name)
	if f.err != nil {
		return time.Time{}
	}
	return f.parseTime(name, value)
}

// optionalTime returns a moment, the zero time when it is absent.
func (f *fields) optionalTime(name string) time.Time {
	value, ok, err := f.row.text(name)
	if err != nil || !ok {
		f.fail(err)
		return time.Time{}
	}
	return f.parseTime(name, value)
}

func (f *fields) parseTime(name, value string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(value, "Z"))
	if err != nil || t.Year() < 1 {
		f.fail(fmt.Errorf("%s: %.40q is not a date", name, value))
	}
	return t.Truncate(time.Microsecond)
}

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

func number(value string) (int64, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, errors.New("is not a number")
	}
	return n, nil
}
