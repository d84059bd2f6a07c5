// Package reply reads the answers of search APIs: what they have in common, however
// each writes it. It is strict about what an answer must be, and takes the rest as far
// as it can be understood: a date in an unknown form is no date, and no reason to lose
// the page.
package reply

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// maxDetail is how many bytes of what an API says about an error get into the log.
const maxDetail = 300

// JSON decodes the body of an answer. The error is a *connector.Error.
func JSON(r connector.Reply, into any) error {
	body := bytes.TrimSpace(r.Body)
	err := json.Unmarshal(body, into)
	switch {
	case err == nil:
		return nil
	case len(body) == 0:
		return Malformed("Its answer is empty.", err)
	case body[0] == '<':
		return Malformed("It answered with a web page instead of data.", err)
	}
	return Malformed("Its answer cannot be understood.", err)
}

// Malformed is the error of an answer that cannot be understood. The cause may be nil.
func Malformed(message string, cause error) error {
	return &connector.Error{Problem: connector.Malformed, Message: message, Cause: cause}
}

// Refused is the error of an answer that is not 200, with what is usual for its status.
// The credential is taken out of what the API says, which gets into the log.
func Refused(r connector.Reply, credential string) error {
	refused := &connector.Error{Cause: Detail(r, credential)}
	switch r.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		refused.Problem, refused.Message = connector.Denied, "It does not accept the key."
		if credential == "" {
			refused.Message = "It does not answer without a key."
		}
	case http.StatusPaymentRequired:
		refused.Problem, refused.Message = connector.Denied, "The plan of the key is used up."
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnprocessableEntity:
		refused.Problem, refused.Message = connector.Rejected, "It does not take this query."
	default:
		refused.Problem, refused.Message = connector.Malformed, fmt.Sprintf("It answered with an unexpected status, %d.", r.Status)
	}
	return refused
}

// NoKey is the error of a connector that was asked without its credential.
func NoKey() error {
	return &connector.Error{Problem: connector.Denied, Message: "It does not answer without a key."}
}

// Detail is what an API says about an error, for the log.
func Detail(r connector.Reply, credential string) error {
	text := string(r.Body)
	if credential != "" {
		text = strings.ReplaceAll(text, credential, "***")
	}
	text = Line(text)
	for len(text) > maxDetail || !utf8.ValidString(text) {
		text = text[:min(len(text)-1, maxDetail)]
	}
	return fmt.Errorf("status %d: %s", r.Status, text)
}

// Text is a string that may as well be something else, which then is no text. It is
// for fields whose form is not documented.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = Text(s)
	}
	return nil
}

// Paragraphs returns a text without what is no text: control characters, spaces at the
// ends of lines, more than one blank line.
func Paragraphs(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(s)
	var b strings.Builder
	blank := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRightFunc(strings.Map(printable, line), unicode.IsSpace)
		if line == "" {
			blank++
			continue
		}
		if b.Len() > 0 {
			b.WriteString(strings.Repeat("\n", min(blank, 1)+1))
		}
		blank = 0
		b.WriteString(line)
	}
	return strings.TrimSpace(b.String())
}

// Line returns a text in one line, for titles.
func Line(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, s)), " ")
}

// printable drops control characters but white space. PostgreSQL takes no NUL.
func printable(r rune) rune {
	if unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}
