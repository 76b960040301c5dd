package revision_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weftql/weft/internal/apperr"
	"github.com/weftql/weft/internal/revision"
)

func TestCheck(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 1000, time.UTC)
	elsewhere := at.In(time.FixedZone("east", 3600))
	for _, expected := range []*time.Time{nil, &at, &elsewhere} {
		if err := revision.Check(expected, "post_1", at, nil); err != nil {
			t.Errorf("%v: %v", expected, err)
		}
	}
	before := at.Add(-time.Microsecond)
	failed, ok := errors.AsType[*apperr.Error](revision.Check(&before, "post_1", at, nil))
	if !ok || failed.Code != apperr.Conflict || failed.Current.ID != "post_1" || !failed.Current.UpdatedAt.Equal(at) {
		t.Errorf("an old revision: %+v", failed)
	}
}

func TestNextIsLater(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, now := range []time.Time{at.Add(-time.Hour), at, at.Add(time.Hour)} {
		if next := revision.Next(at, now); !next.After(at) || next.Before(now) {
			t.Errorf("at %v the next revision is %v", now, next)
		}
	}
}
