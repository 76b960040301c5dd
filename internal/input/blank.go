package input

import (
	"strings"
	"unicode"
)

// blank reports whether nobody would see anything of a text: it is empty or holds
// only white space, control and format characters, and others that are made to
// be invisible.
func blank(s string) bool { return !strings.ContainsFunc(s, visible) }

func visible(r rune) bool {
	const braille = '\u2800' // without any dot
	return r != braille && !unicode.IsSpace(r) && !unicode.IsControl(r) &&
		!unicode.In(r, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
