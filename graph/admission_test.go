package graph_test

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/internal/database"
	"github.com/weftql/weft/internal/dbtest"
	"github.com/weftql/weft/internal/graphtest"
)

// TestFiveHundredSignIns lets in as many as there is room for and tells the
// others when to come back, while queries go on.
func TestFiveHundredSignIns(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes for seconds")
	}
	dbtest.EachStore(t, func(t *testing.T, db *database.Database) {
		s := graphtest.Start(t, db, graphtest.WithPasswordCost(19_456, 2))
		up := s.SignUp(t, "ada")
		var in, refused, slowest atomic.Int64
		var wait sync.WaitGroup
		for range 500 {
			wait.Go(func() {
				answer := s.Bearer(t, "", `mutation { signIn(input: {login: "ada", password: "correct horse battery"}) { accessToken } }`, nil)
				switch {
				case len(answer.Errors) == 0:
					in.Add(1)
				case answer.Status == http.StatusServiceUnavailable && answer.Code(t) == "OVERLOADED":
					if n, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || n < 1 || n > 60 {
						t.Errorf("Retry-After: %q", answer.Header.Get("Retry-After"))
					}
					refused.Add(1)
				default:
					t.Errorf("%d %s", answer.Status, answer.Body)
				}
			})
		}
		for range 20 {
			start := time.Now()
			read[struct{ Viewer struct{ Username string } }](t, s.Bearer(t, up.AccessToken, whoami, nil))
			slowest.Store(max(slowest.Load(), int64(time.Since(start))))
		}
		wait.Wait()
		t.Logf("%d signed in, %d refused; the slowest query took %v", in.Load(), refused.Load(), time.Duration(slowest.Load()))
		if in.Load() == 0 || refused.Load() == 0 {
			t.Errorf("%d signed in, %d refused", in.Load(), refused.Load())
		}
	})
}
