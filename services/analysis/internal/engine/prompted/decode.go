package prompted

import (
	"encoding/json"
	"errors"
	"strings"
)

var errNoJSON = errors.New("holds no JSON object")

// decode reads the JSON object of an answer, whatever stands around it. Of an answer
// that broke off it reads the items that are whole.
func decode(text string, into any, cut bool) error {
	start := strings.IndexByte(text, '{')
	if start < 0 {
		return errNoJSON
	}
	text = text[start:]
	err := json.NewDecoder(strings.NewReader(text)).Decode(into)
	if err == nil || !cut {
		return err
	}
	return json.Unmarshal([]byte(closed(text)), into)
}

// closed ends a text of JSON that broke off after its last whole item.
func closed(text string) string {
	var open []byte
	var keptOpen []byte
	kept := 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
			kept, keptOpen = i+1, append(keptOpen[:0], open...)
		}
	}
	out := []byte(text[:kept])
	for i := len(keptOpen) - 1; i >= 0; i-- {
		out = append(out, keptOpen[i])
	}
	return string(out)
}
