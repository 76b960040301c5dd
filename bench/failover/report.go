//go:build linux

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// report is the tables, and the promises that were broken.
func (t *trial) report() (string, error) {
	var b strings.Builder
	var faults []error
	fmt.Fprintf(&b, "%d writes were acknowledged, %d of them are lost, %d were done twice. An instance that was started while the server of "+
		"WEFT_DATABASE_URL was away was ready after %.1f s.\n\n", t.writes, t.lost, t.doubled, t.started.Seconds())
	if t.lost > 0 || t.doubled > 0 {
		faults = append(faults, fmt.Errorf("%d acknowledged writes are lost, %d were done twice", t.lost, t.doubled))
	}
	b.WriteString("| fault | no writes for | sent again | readers | reads | of these without writes | longest pause | slowest | refused | failed | an own write missed |\n" +
		"|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range t.stages {
		from, again := s.outage()
		name, gap, retries := s.name, "", strconv.Itoa(s.retries)
		if !s.fault.IsZero() {
			gap = fmt.Sprintf("%.1f s", again.Sub(from).Seconds())
		}
		for _, kind := range []string{anonymous, signedIn, withToken} {
			k := s.reads[kind]
			during, pause := 0, time.Duration(0)
			var last time.Time
			for _, at := range k.ends {
				if !s.fault.IsZero() && at.After(from) && at.Before(again) {
					during++
				}
				if !last.IsZero() {
					pause = max(pause, at.Sub(last))
				}
				last = at
			}
			missed := "0"
			if kind == signedIn && s.forgiven > 0 {
				missed = fmt.Sprintf("%d while there was no primary", s.forgiven)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %d | %.2f s | %.2f s | %d | %d | %s |\n", name, gap, retries, kind, k.done, during,
				pause.Seconds(), k.slowest.Seconds(), k.refused, k.failed, missed)
			name, gap, retries = "", "", ""
			if k.failed > 0 {
				faults = append(faults, fmt.Errorf("%s: %d reads (%s) failed without a code that says to try again: %s", s.name, k.failed, kind, k.why))
			}
			if s.fault.IsZero() && k.refused > 0 {
				faults = append(faults, fmt.Errorf("%d reads (%s) were refused although nothing was broken: %s", k.refused, kind, k.why))
			}
		}
		for _, stale := range s.stale {
			faults = append(faults, fmt.Errorf("%s: %s", s.name, stale))
		}
	}
	return b.String(), errors.Join(faults...)
}
