package persisted

import (
	"fmt"
	"strings"
)

// Mode is what a client may send.
type Mode string

// The modes.
const (
	// Off takes documents whole. Names of trusted ones work all the same.
	Off Mode = "off"
	// APQ also keeps what clients register: automatic persisted queries.
	APQ Mode = "apq"
	// Log is APQ, and logs each document that is not trusted, once.
	Log Mode = "log"
	// Safelist takes trusted documents only, whole or by name.
	Safelist Mode = "safelist"
	// IDOnly takes trusted documents by their names only.
	IDOnly Mode = "id_only"
)

// registers reports whether clients may register documents.
func (m Mode) registers() bool { return m == APQ || m == Log }

// Modes are the modes of clients, by the name that they give themselves. It is
// no secret, so a stranger is whoever has the laxest mode: modes by client serve
// the time in which clients are changed over, one by one.
type Modes struct {
	all      Mode
	byClient map[string]Mode
}

// ParseModes reads a mode, and after it those of clients: "apq,web=id_only".
func ParseModes(text string) (Modes, error) {
	m := Modes{all: APQ}
	for i, part := range strings.Split(text, ",") {
		name, word, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			name, word = "", name
		}
		mode := Mode(word)
		switch mode {
		case Off, APQ, Log, Safelist, IDOnly:
		default:
			return Modes{}, fmt.Errorf("want off, apq, log, safelist or id_only, and CLIENT=MODE for single clients, not %q", part)
		}
		switch {
		case i > 0 && named && name != "":
			if m.byClient == nil {
				m.byClient = make(map[string]Mode)
			}
			m.byClient[name] = mode
		case i == 0 && !named:
			m.all = mode
		default:
			return Modes{}, fmt.Errorf("want the mode of all clients first, and then CLIENT=MODE, not %q", part)
		}
	}
	return m, nil
}

func (m Modes) of(client string) Mode {
	if mode, ok := m.byClient[client]; ok {
		return mode
	}
	if m.all == "" {
		return Off
	}
	return m.all
}
