package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed differences.txt
var differences string

// report prints the table, and returns an error when the differences are not those that are listed.
func report(w io.Writer, stock, ours map[string]string) error {
	known := listed()
	maps.DeleteFunc(known, func(name, _ string) bool { return strings.HasPrefix(name, "field ") })
	type row struct{ tests, stock, ours int }
	rows := map[string]*row{}
	var faults []error
	for _, name := range sorted(stock, ours) {
		pkg, _, _ := strings.Cut(name, " ")
		r := rows[pkg]
		if r == nil {
			r = new(row)
			rows[pkg] = r
		}
		r.tests++
		if stock[name] == "pass" {
			r.stock++
		}
		if ours[name] == "pass" {
			r.ours++
		}
		_, isKnown := known[name]
		switch differs := stock[name] != ours[name]; {
		case differs && !isKnown:
			faults = append(faults, fmt.Errorf("%s: %s on gqlgen's executor, %s on ours", name, orNone(stock[name]), orNone(ours[name])))
		case !differs && isKnown:
			faults = append(faults, fmt.Errorf("%s does not differ any more: take it out of differences.txt", name))
		}
		delete(known, name)
	}
	for name := range known {
		faults = append(faults, fmt.Errorf("%s is listed in differences.txt, and there is no such test", name))
	}
	fmt.Fprintf(w, "| package | tests | pass on gqlgen's executor | pass on ours |\n|---|--:|--:|--:|\n")
	var total row
	for _, pkg := range sorted(rows) {
		r := rows[pkg]
		fmt.Fprintf(w, "| %s | %d | %d | %d |\n", pkg, r.tests, r.stock, r.ours)
		total.tests, total.stock, total.ours = total.tests+r.tests, total.stock+r.stock, total.ours+r.ours
	}
	fmt.Fprintf(w, "| all | %d | %d | %d |\n", total.tests, total.stock, total.ours)
	return errors.Join(faults...)
}

// summary is what the random operations of a server print in the end.
var summary = regexp.MustCompile(`(\d+) operations compared, (\d+) answers with data, (\d+) errors`)

// reportOracle prints the table of random operations, and returns what differed.
func reportOracle(w io.Writer, printed map[string][]string) error {
	var faults []error
	fmt.Fprintf(w, "\n| random operations over the schema of | operations | answers with data | errors | all alike |\n|---|--:|--:|--:|---|\n")
	var operations int
	for _, pkg := range sorted(printed) {
		text := strings.Join(printed[pkg], "")
		counts, alike := summary.FindStringSubmatch(text), "yes"
		if counts == nil || !strings.Contains(text, "--- PASS: TestOracle") {
			alike = "no"
			faults = append(faults, fmt.Errorf("%s\n%s", pkg, text))
		}
		if counts == nil {
			counts = make([]string, 4)
		}
		n, _ := strconv.Atoi(counts[1])
		operations += n
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", pkg, counts[1], counts[2], counts[3], alike)
	}
	fmt.Fprintf(w, "| all | %d | | | |\n", operations)
	if len(printed) == 0 {
		faults = append(faults, errors.New("no random operations ran"))
	}
	return errors.Join(faults...)
}

// listed are the known differences: a line "package test: reason" each, or "field Type.field: reason".
func listed() map[string]string {
	known := map[string]string{}
	for line := range strings.Lines(differences) {
		name, reason, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && !strings.HasPrefix(name, "#") {
			known[name] = reason
		}
	}
	return known
}

func sorted[M ~map[string]V, V any](maps ...M) []string {
	all := map[string]bool{}
	for _, m := range maps {
		for name := range m {
			all[name] = true
		}
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func orNone(outcome string) string {
	if outcome == "" {
		return "not run"
	}
	return outcome
}
