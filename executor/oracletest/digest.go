package oracletest

import (
	"hash/fnv"
	"math"
	"reflect"
	"strconv"
)

// maxDigested is how far a digest looks into a value.
const maxDigested = 8

// digest is a hash of the content of values: it is the same for values with the same content.
type digest struct{ sum uint64 }

func newDigest() *digest { return &digest{0xcbf29ce484222325} }

// Sum64 is the number so far.
func (d *digest) Sum64() uint64 { return d.sum }

func (d *digest) number(n uint64) {
	d.sum = (d.sum ^ n) * 0x9e3779b97f4a7c15
	d.sum ^= d.sum >> 29
}

func (d *digest) text(s string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	d.number(h.Sum64())
}

// add hashes a value. The content behind a pointer counts, not the address; functions and channels do not count.
func (d *digest) add(v reflect.Value, depth int) {
	if !v.IsValid() || depth > maxDigested {
		d.number(1)
		return
	}
	d.number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.Bool:
		d.text(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		d.number(v.Uint())
	case reflect.Float32, reflect.Float64:
		d.number(math.Float64bits(v.Float()))
	case reflect.String:
		d.text(v.String())
	case reflect.Pointer, reflect.Interface:
		d.add(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		d.number(uint64(v.Len()))
		for i := range v.Len() {
			d.add(v.Index(i), depth+1)
		}
	case reflect.Map:
		var sum uint64
		for entries := v.MapRange(); entries.Next(); {
			entry := newDigest()
			entry.add(entries.Key(), depth+1)
			entry.add(entries.Value(), depth+1)
			sum += entry.Sum64()
		}
		d.number(sum)
	case reflect.Struct:
		for _, field := range v.Fields() {
			d.add(field, depth+1)
		}
	}
}
