package database

import (
	"fmt"
	"time"
)

// timeText is how the SQLite driver writes times. Text in it compares as the
// times do, because all are UTC.
const timeText = "2006-01-02 15:04:05.999999999-07:00"

// timeDest scans a time from SQLite, which knows what is one only in a plain
// column: of max(created_at) it returns the text.
type timeDest struct {
	value    *time.Time
	nullable **time.Time // instead of value
}

func (d *timeDest) Scan(src any) error {
	var t time.Time
	switch v := src.(type) {
	case nil:
		if d.nullable == nil {
			return fmt.Errorf("scan NULL into %T", d.value)
		}
		*d.nullable = nil
		return nil
	case time.Time:
		t = v
	case string:
		var err error
		if t, err = time.Parse(timeText, v); err != nil {
			return fmt.Errorf("scan time: %w", err)
		}
	default:
		return fmt.Errorf("scan %T into a time", src)
	}
	if d.nullable != nil {
		*d.nullable = new(t.UTC())
	} else {
		*d.value = t.UTC()
	}
	return nil
}

// timeScanner replaces the times among the destinations of a row. It is kept
// from row to row, so that a row costs no allocation more.
type timeScanner struct {
	dest  []any
	times []timeDest
}

func (s *timeScanner) replace(dest []any) []any {
	s.dest, s.times = append(s.dest[:0], dest...), s.times[:0]
	if cap(s.times) < len(dest) {
		s.times = make([]timeDest, 0, len(dest)) // never grows while pointed into
	}
	for i, v := range dest {
		switch v := v.(type) {
		case *time.Time:
			s.times = append(s.times, timeDest{value: v})
		case **time.Time:
			s.times = append(s.times, timeDest{nullable: v})
		default:
			continue
		}
		s.dest[i] = &s.times[len(s.times)-1]
	}
	return s.dest
}
