package cache

import (
	"testing"

	"github.com/weftql/weft/internal/depend"
)

func TestPlaces(t *testing.T) {
	const key = depend.Key(7<<32 | 11)
	for _, test := range []struct {
		about   string
		others  []depend.Key
		changed bool
	}{
		{"nothing", nil, false},
		{"another key", []depend.Key{5<<32 | 3}, false},
		{"one that shares its first slot", []depend.Key{5<<32 | 11}, false},
		{"one that shares its second slot", []depend.Key{7<<32 | 3}, false},
		{"one that has its slots the other way round", []depend.Key{11<<32 | 7}, true},
		{"two that share one slot each", []depend.Key{5<<32 | 11, 7<<32 | 3}, true},
		{"the key itself", []depend.Key{key}, true},
	} {
		p := newPlaces()
		p.change(key, 100)
		for i, k := range test.others {
			p.change(k, uint64(201+i))
		}
		if p.changed(key, 100) != test.changed || p.changed(key, 200) != test.changed {
			t.Errorf("%s: changed is %v, want %v", test.about, !test.changed, test.changed)
		}
		if p.changed(key, 300) {
			t.Errorf("%s: it changed later than anything", test.about)
		}
		if !p.changed(key, 99) {
			t.Errorf("%s: its own change is not known", test.about)
		}
	}
}
