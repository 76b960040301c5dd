package password

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The length of a password, in characters. There are no rules about its
// letters: length is what helps (OWASP, NIST SP 800-63B).
const (
	MinLength = 8
	MaxLength = 128
)

// Check returns why a new password is not taken, as a sentence for the client,
// or "". avoid are words that it must not be, such as the user's name.
func Check(password string, avoid ...string) string {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "it must be UTF-8 without NUL"
	case n < MinLength || n > MaxLength:
		return fmt.Sprintf("it must have %d to %d characters", MinLength, MaxLength)
	}
	for _, word := range append(common(), avoid...) {
		if strings.EqualFold(password, word) {
			return "it is one of the first that somebody would guess"
		}
	}
	first, _ := utf8.DecodeRuneInString(password)
	if strings.Trim(password, string(first)) == "" {
		return "it is one of the first that somebody would guess"
	}
	return ""
}

// common are the most used passwords of at least MinLength characters.
func common() []string {
	return strings.Fields(`password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword
		12345678 123456789 1234567890 12345678910 87654321 987654321 11223344 123123123 112233445566 123454321
		qwertyuiop qwerty123 qwerty1234 qwertyui 1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsxedc zaq12wsx asdfghjkl asdfasdf
		abcd1234 abc12345 abcdefgh abcdefg1 a1b2c3d4 iloveyou iloveyou1 sunshine princess football baseball
		superman trustno1 welcome1 welcome123 letmein1 letmein123 admin123 admin1234 administrator changeme
		changeme123 whatever starwars computer michelle jennifer internet samantha secret123 default123 testtest
		test1234 guest123 google123 facebook linkedin master123 dragon123 monkey123 shadow123 charlie1`)
}
