//go:build linux

package main

import (
	"math"
)

// fit finds weights, none of them negative, with which the weighted sums of what
// operations consist of come nearest to what they used, each by its ratio: a
// dear operation counts no more than a cheap one. It is least squares of
// relative errors by coordinate descent.
func fit(samples []sample, names []string) map[string]float64 {
	weights := make([]float64, len(names))
	rows := make([][]float64, len(samples))
	rest := make([]float64, len(samples)) // what is left of 1
	for i, s := range samples {
		rows[i], rest[i] = make([]float64, len(names)), 1
		for j, name := range names {
			rows[i][j] = s.has[name] / s.used
		}
	}
	for range 20_000 {
		moved := 0.0
		for j := range names {
			var of, square float64
			for i, row := range rows {
				of += row[j] * rest[i]
				square += row[j] * row[j]
			}
			if square == 0 {
				continue
			}
			next := max(0, weights[j]+of/square)
			step := next - weights[j]
			weights[j] = next
			for i, row := range rows {
				rest[i] -= step * row[j]
			}
			moved = max(moved, math.Abs(step))
		}
		if moved < 1e-6 {
			break
		}
	}
	found := make(map[string]float64, len(names))
	for j, name := range names {
		found[name] = weights[j]
	}
	return found
}
