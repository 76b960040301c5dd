package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeJSON(t *testing.T) {
	tests := map[string]any{
		`null`:                    nil,
		"\t[ true , false ]\n":    []any{true, false},
		`-0`:                      int64(0),
		`9223372036854775807`:     int64(9223372036854775807),
		`9223372036854775808`:     json.Number("9223372036854775808"),
		`1e2`:                     float64(100),
		`1.50e1`:                  float64(15),
		`0.0e-5`:                  float64(0),
		`1e-999999999`:            json.Number("1e-999999999"),
		`-1.00000000000000000001`: json.Number("-1.00000000000000000001"),
		`100.0`:                   float64(100),
		`1200e-2`:                 float64(12),
		`-1.25E-1`:                -0.125,
		`"a\"\\\/\b\f\n\r\té"`:    "a\"\\/\b\f\n\r\té",
		`"\u00e9\ud83d\ude00x"`:   "é😀x",
		`{"a":{"b":[]},"c":{}}`:   map[string]any{"a": map[string]any{"b": []any{}}, "c": map[string]any{}},
	}
	for text, want := range tests {
		got, err := decodeJSON([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// FuzzDecodeJSON compares the decoder with encoding/json. What the decoder
// accepts must be valid there and mean the same. What only encoding/json
// accepts must break one of the stricter rules.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{a}","variables":{"x":[1,2.5,null,true,"\u00e9"]}}`, `[]`, `"\ud83d\ude00"`, `-0.0e+10`, `{"a":1,"a":2}`,
		`"\ud83d"`, `"\u0000"`, `01`, `1.`, `nul`, `{"a":}`, "\"\x7f\"", "[1]]", `"\x"`, `1e400`, "\"\xff\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := decodeJSON(data)
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(data))
			d.UseNumber()
			var want any
			if err := d.Decode(&want); err != nil {
				t.Fatalf("taken, but encoding/json says %v: %q", err, data)
			}
			if want, got := normal(t, want), normal(t, got); !reflect.DeepEqual(want, got) {
				t.Fatalf("%q: got %v, want %v", data, got, want)
			}
			return
		}
		if _, ok := errors.AsType[*syntaxError](err); !ok {
			t.Fatalf("error of type %T", err)
		}
		if json.Valid(data) && utf8.Valid(data) && !stricter(err) {
			t.Fatalf("valid, but refused: %v: %q", err, data)
		}
	})
}

// normal rewrites numbers so that the results of both decoders can be compared.
func normal(t *testing.T, value any) any {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
		t.Skip("number out of range")
	case int64:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = normal(t, v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = normal(t, v[name])
		}
	}
	return value
}

func stricter(err error) bool {
	fault, _ := errors.AsType[*syntaxError](err)
	switch fault.message {
	case "a name is given twice in one object", "NUL in a string", "half a surrogate pair in a string",
		"number out of range", "nested more than 64 levels deep":
		return true
	}
	return false
}
