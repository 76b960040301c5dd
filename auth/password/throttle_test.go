package password

import (
	"strconv"
	"testing"
	"time"

	"github.com/weftql/weft/internal/apperr"
)

func TestThrottle(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	throttle := NewThrottle(3, func() time.Time { return now })
	guesser := Attempt{Account: "ada", Address: "203.0.113.9"}
	owner := Attempt{Account: "ada", Address: "198.51.100.1"}
	for i, want := range []time.Duration{0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		want *= time.Second
		throttle.Fail(guesser)
		if err := throttle.Allow(guesser); want == 0 && err != nil || want > 0 && retryAfter(t, err, apperr.RateLimited) != want {
			t.Errorf("after %d failures: %v, want %v", i+1, err, want)
		}
		if err := throttle.Allow(owner); err != nil {
			t.Errorf("the owner elsewhere: %v", err)
		}
		now = now.Add(want)
		if err := throttle.Allow(guesser); err != nil {
			t.Errorf("when the delay is over: %v", err)
		}
	}
	throttle.Succeed(guesser)
	throttle.Fail(guesser)
	if err := throttle.Allow(guesser); err != nil {
		t.Errorf("a failure after a success: %v", err)
	}
	for range 10 {
		throttle.Fail(guesser)
	}
	now = now.Add(forgetAfter + time.Second)
	throttle.Fail(guesser)
	if err := throttle.Allow(guesser); err != nil {
		t.Errorf("a failure long after the others: %v", err)
	}
}

func TestThrottleMemoryIsBounded(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	throttle := NewThrottle(0, func() time.Time { return now })
	for i := range maxTracked + 1_000 {
		throttle.Fail(Attempt{Address: strconv.Itoa(i)})
	}
	if len(throttle.byWho) != maxTracked || throttle.recent.Len() != maxTracked {
		t.Errorf("%d are tracked", len(throttle.byWho))
	}
	if throttle.Allow(Attempt{Address: strconv.Itoa(maxTracked + 999)}) == nil {
		t.Error("the latest failure was forgotten")
	}
	now = now.Add(2 * forgetAfter)
	throttle.Fail(Attempt{Address: "x"})
	if len(throttle.byWho) != 1 {
		t.Errorf("%d old failures are kept", len(throttle.byWho))
	}
}
