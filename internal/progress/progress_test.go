package progress

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		report, finish := New(&out, "import beer")
		for done := range int64(101) {
			report(done, 100)
			time.Sleep(300 * time.Millisecond) //nolint:forbidigo // by the bubble's clock
		}
		finish(nil)
		want := []string{
			"import beer: 10% after 3s", "import beer: 20% after 6s", "import beer: 30% after 9s", "import beer: 40% after 12s",
			"import beer: 50% after 15s", "import beer: 60% after 18s", "import beer: 70% after 21s", "import beer: 80% after 24s",
			"import beer: 90% after 27s", "import beer: 100% after 30.3s", "",
		}
		if diff := cmp.Diff(want, strings.Split(out.String(), "\n")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestQuickWorkIsFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		report, finish := New(&out, "seed")
		for done := range int64(1001) {
			report(done, 1000)
			time.Sleep(time.Millisecond) //nolint:forbidigo // by the bubble's clock
		}
		finish(nil)
		if got, want := out.String(), "seed: 10% after 100ms\nseed: 100% after 1s\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWorkThatFailsDoesNotSayDone(t *testing.T) {
	var out strings.Builder
	report, finish := New(&out, "seed")
	report(4, 10)
	finish(errors.New("no"))
	if !strings.HasSuffix(out.String(), "seed: 40% after 0s\n") {
		t.Errorf("%q", out.String())
	}
}

func TestFailureBeforeTheWorkIsSilent(t *testing.T) {
	var out strings.Builder
	_, finish := New(&out, "seed")
	finish(errors.New("no"))
	if out.String() != "" {
		t.Errorf("%q", out.String())
	}
}

func TestFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	report, finish := New(f, "seed")
	report(5, 10)
	report(10, 10)
	finish(nil)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || strings.Contains(string(got), "\r") || !strings.HasSuffix(string(got), "seed: 100% after 0s\n") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestBar(t *testing.T) {
	var out strings.Builder
	report, finish := bar(&out, "seed")
	report(0, 0)
	report(5, 10)
	report(10, 10)
	finish(errors.New("no"))
	if !strings.Contains(out.String(), "100%") || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("%q", out.String())
	}
}
