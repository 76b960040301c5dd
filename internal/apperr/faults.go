package apperr

import "fmt"

// MaxFaults is how many faults of one input are listed; further ones are
// counted. A list of a thousand elements can have a thousand faults, and the
// answer repeats them for each object whose field took that input.
const MaxFaults = 20

// Faults collects what is wrong with an input, so that a client is told of it at
// once. The zero value is empty.
type Faults struct {
	listed []Field
	count  int
}

// Add notes that the field at path, as in Field, is wrong; the message says
// what is allowed.
func (f *Faults) Add(path, format string, args ...any) {
	f.count++
	if len(f.listed) < MaxFaults {
		f.listed = append(f.listed, Field{Path: path, Message: fmt.Sprintf(format, args...)})
	}
}

// Any reports whether anything is wrong.
func (f *Faults) Any() bool { return f.count > 0 }

// Err returns the faults as one BadUserInput, or nil if there are none. Its
// message has the first of them and how many more there are.
func (f *Faults) Err() error {
	switch f.count {
	case 0:
		return nil
	case 1:
		return BadInput(f.listed[0].Path, "%s", f.listed[0].Message)
	}
	return &Error{
		Code:    BadUserInput,
		Message: fmt.Sprintf("%s: %s (and %d more)", f.listed[0].Path, f.listed[0].Message, f.count-1),
		Fields:  f.listed,
	}
}
