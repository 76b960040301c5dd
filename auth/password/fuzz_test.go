package password

import "testing"

func FuzzParse(f *testing.F) {
	f.Add(cheap().hash("x"))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parse(s)
		if err != nil {
			return
		}
		if h.Memory > maxMemory || h.Time > maxTime || h.Threads > maxThreads || h.Time == 0 || h.Threads == 0 {
			t.Errorf("%q asks for too much or nothing: %+v", s, h.Params)
		}
		if again, err := parse(h.String()); err != nil || again.Params != h.Params {
			t.Errorf("%q is not read back: %v", s, err)
		}
	})
}
