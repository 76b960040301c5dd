// Package progress shows a person how far long work is: as a bar on a
// terminal, as plain lines anywhere else. It logs nothing.
package progress

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/weftql/weft/internal/terminal"
)

// New returns a function to be told how much of how much is done, and one to be
// called when the work has ended, well or with an error, which is not shown:
// whoever gets it, says it. Both are safe for concurrent
// use.
func New(w io.Writer, label string) (report func(done, total int64), finish func(err error)) {
	if terminal.Is(w) {
		return bar(w, label)
	}
	return lines(w, label)
}

// bar draws a bar; what fails while drawing is no reason to stop the work.
func bar(w io.Writer, label string) (report func(done, total int64), finish func(err error)) {
	b := progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(label),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(40),
		progressbar.OptionSetPredictTime(true),
	)
	var mu sync.Mutex
	last := int64(-1)
	report = func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		if total < 1 {
			return
		}
		if total != last {
			b.ChangeMax64(total)
			last = total
		}
		_ = b.Set64(done)
	}
	finish = func(error) {
		mu.Lock()
		defer mu.Unlock()
		if last < 0 {
			return // nothing was drawn
		}
		_ = b.Exit()
		_, _ = fmt.Fprintln(w)
	}
	return report, finish
}

// often bounds how often lines are written.
const often = 2 * time.Second

// lines writes a line for each tenth of the work, fewer where that is often.
func lines(w io.Writer, label string) (report func(done, total int64), finish func(err error)) {
	var mu sync.Mutex
	start := time.Now()
	var written time.Time
	var done, total, tenth int64
	write := func() {
		written = time.Now()
		percent := int64(100)
		if total > 0 {
			percent = done * 100 / total
		}
		// What is written to is where errors would go too.
		_, _ = fmt.Fprintf(w, "%s: %d%% after %s\n", label, percent, written.Sub(start).Round(100*time.Millisecond))
	}
	report = func(d, t int64) {
		mu.Lock()
		defer mu.Unlock()
		done, total = d, t
		if total < 1 || done*10/total == tenth || time.Since(written) < often {
			return
		}
		tenth = done * 10 / total
		if done < total {
			write()
		}
	}
	finish = func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil || done > 0 {
			write()
		}
	}
	return report, finish
}
