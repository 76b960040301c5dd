package stackexchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTagName is the longest name of a tag, in characters, that Weft takes.
const maxTagName = 35

// splitTags reads both spellings of a question's tags, <wine><taste> and
// |wine|taste|, and returns each name once.
func splitTags(value string) ([]string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil, nil
	}
	opening, separator := value[:1], "|"
	if opening == "<" {
		separator = "><"
	}
	inner, ok := strings.CutPrefix(value, opening)
	if ok {
		inner, ok = strings.CutSuffix(inner, separator[:1])
	}
	if !ok || opening != "<" && opening != "|" {
		return nil, fmt.Errorf("%s: %.60q is neither <a><b> nor |a|b|", "Tags", value)
	}
	var names []string
	for name := range strings.SplitSeq(inner, separator) {
		name, err := tagName(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func tagName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "":
		return "", errors.New("the name of a tag is empty")
	case strings.ContainsAny(name, "<>|"):
		return "", fmt.Errorf("%.60q is no name of a tag", name)
	case utf8.RuneCountInString(name) > maxTagName:
		return "", fmt.Errorf("the name %.60q of a tag is longer than %d characters", name, maxTagName)
	}
	return name, nil
}
