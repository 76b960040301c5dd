package binding_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/weftql/weft/executor/binding"
)

func marshalled(m graphql.Marshaler) string {
	var b strings.Builder
	m.MarshalGQL(&b)
	return b.String()
}

func written(write func(w *binding.Writer)) string {
	var w binding.Writer
	write(&w)
	return string(w.Buf)
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\n\r\t\b\f\x00\x1f\x7f", "ünï 🧵 \u2028", "\xff\xc3 bad", "</script>&'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := written(func(w *binding.Writer) { w.String(s) }), marshalled(graphql.MarshalString(s)); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	})
}

func TestStringAtEveryOffset(t *testing.T) {
	for n := range 20 {
		for at := range n {
			for c := range 256 {
				s := strings.Repeat("\x80", at) + string([]byte{byte(c)}) + strings.Repeat("z", n-at)
				if got, want := written(func(w *binding.Writer) { w.String(s) }), marshalled(graphql.MarshalString(s)); got != want {
					t.Fatalf("%q: got %s, want %s", s, got, want)
				}
			}
		}
	}
}

func BenchmarkString(b *testing.B) {
	for name, s := range map[string]string{
		"short": "A name of usual length",
		"body":  strings.Repeat("A paragraph of text with some \"quotes\" in it, as people write them down.\n", 20),
	} {
		b.Run(name, func(b *testing.B) {
			var w binding.Writer
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				w.Buf = w.Buf[:0]
				w.String(s)
			}
		})
	}
}

func FuzzFloat(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 1e20, 1e21, 1e-6, 1e-7, 123456789, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e6, 1e7} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		var w binding.Writer
		w.Float(v)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			if w.Outcome != binding.GaveUp {
				t.Errorf("%g was written as %s", v, w.Buf)
			}
			return
		}
		if want := marshalled(graphql.MarshalFloat(v)); string(w.Buf) != want {
			t.Errorf("got %s, want %s", w.Buf, want)
		}
		want := marshalled(graphql.WrapContextMarshaler(context.Background(), graphql.MarshalFloatContext(v)))
		if string(w.Buf) != want {
			t.Errorf("got %s, want %s", w.Buf, want)
		}
	})
}

func FuzzTime(f *testing.F) {
	f.Add(int64(0), int64(0), 0)
	f.Add(int64(1e9), int64(123456000), 3600)
	f.Add(int64(-1e10), int64(1), -12600)
	f.Fuzz(func(t *testing.T, s, ns int64, offset int) {
		v := time.Unix(s, ns).In(time.FixedZone("", offset%86400))
		if got, want := written(func(w *binding.Writer) { w.Time(v) }), marshalled(graphql.MarshalTime(v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestIntegers(t *testing.T) {
	for _, v := range []int64{0, -1, math.MaxInt64, math.MinInt64} {
		if got, want := written(func(w *binding.Writer) { binding.Int(w, v) }), marshalled(graphql.MarshalInt64(v)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := written(func(w *binding.Writer) { binding.Uint(w, uint64(v)) }), marshalled(graphql.MarshalUint64(uint64(v))); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := written(func(w *binding.Writer) { binding.IntID(w, int(v)) }), marshalled(graphql.MarshalIntID(int(v))); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := written(func(w *binding.Writer) { binding.UintID(w, uint(v)) }), marshalled(graphql.MarshalUintID(uint(v))); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
