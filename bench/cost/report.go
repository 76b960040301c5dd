//go:build linux

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// within is the factor by which prices may be off.
const within = 2

func (b *bench) report(w io.Writer, samples []sample) error {
	near := 0
	for _, s := range samples {
		if s.off() <= within {
			near++
		}
	}
	fmt.Fprintf(w, "%d operations on %d posts, PostgreSQL %s: the price of %d (%.0f %%) is within a factor of %d of the microseconds that they used.\n\n",
		len(samples), b.posts, b.postgres.Version, near, 100*float64(near)/float64(len(samples)), within)
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(b.used/b.actual, a.used/a.actual) })
	ratios := func(at float64) float64 { s := samples[int(at*float64(len(samples)-1))]; return s.used / s.actual }
	fmt.Fprintf(w, "Microseconds for a point: %.2f at the median; nine of ten are between %.2f and %.2f.\n\n", ratios(0.5), ratios(0.95), ratios(0.05))
	fmt.Fprintf(w, "Microseconds are those of the benchmark machine: the hand-written server's Q1 and Q2 used %.2f times what they use there (the geometric mean), which is taken off.\n\n", b.yardstick.median())
	var names []string
	for _, s := range samples {
		for name := range s.has {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	fmt.Fprintf(w, "| | microseconds, fitted |\n|---|--:|\n")
	weights := fit(samples, names)
	for _, name := range names {
		fmt.Fprintf(w, "| %s | %.2f |\n", name, weights[name])
	}
	fmt.Fprintf(w, "\n| operation | may cost | did cost | used, µs | µs a point |\n|---|--:|--:|--:|--:|\n")
	for _, s := range samples {
		if b.every || !s.generated() || s.off() > within {
			fmt.Fprintf(w, "| %s | %.0f | %.0f | %.0f | %.2f |\n", s.name, s.estimate, s.actual, s.used, s.used/s.actual)
		}
	}
	if b.every {
		for _, s := range samples {
			fmt.Fprintf(w, "# %s|%.0f|%.0f|%s\n", s.name, s.actual, s.used, sorted(s.has))
			if s.off() > within {
				fmt.Fprintf(w, "\n%s: %v\n%s\n", s.name, sorted(s.has), s.text)
			}
		}
	}
	return nil
}

func sorted(c counts) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprintf("%s %.0f", name, c[name]))
	}
	return strings.Join(parts, ", ")
}
