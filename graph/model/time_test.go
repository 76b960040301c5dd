package model_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weftql/weft/graph/model"
)

// TestAppendTime compares with the standard library's own formatting.
func TestAppendTime(t *testing.T) {
	const layout = `"2006-01-02T15:04:05.999999Z07:00"`
	east := time.FixedZone("east", 5*60*60+30*60)
	times := []time.Time{
		{}, time.Unix(0, 0), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 1, 1, 3, 0, 0, 120_000_000, east), time.Date(2024, 2, 29, 0, 0, 0, 1000, time.UTC), time.Date(2024, 2, 29, 0, 0, 0, 999, time.UTC),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		times = append(times, time.UnixMicro(random.Int64N(250_000_000_000_000_000)))
	}
	for _, at := range times {
		if got, want := string(model.AppendTime(nil, at)), at.UTC().Format(layout); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
