package config

import (
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Name    string // the variable, or a file
	Given   string // its value, masked where it is secret; empty where there is none to show
	Source  string // where the value is from; may be empty
	Problem string // what is wrong and what is allowed
}

// Error says it all in one line.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Name)
	if f.Given != "" {
		b.WriteString("=" + quoted(f.Given))
	}
	if f.Source != "" && f.Source != "default" {
		b.WriteString(" (" + f.Source + ")")
	}
	b.WriteString(": " + f.Problem)
	return b.String()
}

// quoted returns text as it stands, or quoted where it would not be read right.
func quoted(text string) string {
	if q := strconv.Quote(text); len(q) != len(text)+2 || strings.ContainsAny(text, " #") {
		return q
	}
	return text
}

// Faults is everything that is wrong with a configuration.
type Faults []Fault

// Error has a line for each fault.
func (f Faults) Error() string {
	lines := []string{"the configuration has 1 fault:"}
	if len(f) > 1 {
		lines[0] = "the configuration has " + strconv.Itoa(len(f)) + " faults:"
	}
	for _, fault := range f {
		lines = append(lines, "  "+fault.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the faults one by one.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, fault := range f {
		errs[i] = fault
	}
	return errs
}

// nearest returns the variable that name may be a slip of, or "".
func nearest(name string, table []variable) string {
	best, distance := "", max(1, (len(name)-len(prefix))/3)+1 // more slips make another word
	for _, v := range table {
		if d := levenshtein.ComputeDistance(name, v.name); d < distance {
			best, distance = v.name, d
		}
	}
	return best
}
