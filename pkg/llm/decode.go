package llm

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// The errors of DecodeJSON.
var (
	// ErrNoJSON says that a text holds no JSON of the wanted form.
	ErrNoJSON = errors.New("there is no JSON of that form")
	// ErrTruncated says that the JSON breaks off in the middle of a value.
	ErrTruncated = errors.New("the JSON breaks off")
)

// maxTries is at how many places of a text JSON is looked for. Beyond that it is prose.
const maxTries = 8

// DecodeJSON finds the JSON in the answer of a model and stores it in the value that
// into points to. It takes what models make of JSON: in a fence, with prose around,
// after thoughts, with comments, quotation marks of any kind or unescaped ones, line
// breaks in strings, bare keys, Python's constants, commas too many or too few, brackets
// missing at the end. Of several values that have the form it takes the longest, of
// equal ones the first.
//
// The error is ErrNoJSON, or ErrTruncated when a value is cut off; the value is not
// changed then. The time that it takes grows with the length of the text and no faster.
func DecodeJSON(text string, into any) error { return decode(text, into, false) }

// DecodeTruncated is DecodeJSON for an answer that was cut off: it keeps whole items. Of
// the innermost list that is not an item of another one, what was not finished is left
// out, and so is a value that was not finished otherwise.
func DecodeTruncated(text string, into any) error { return decode(text, into, true) }

// decode finds JSON. With whole, what is cut off is left out.
func decode(text string, into any, whole bool) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decode JSON into %T: a pointer is needed", into)
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	if fill(target, []byte(text)) == nil {
		return nil
	}
	found := candidates(answerIn(text), whole)
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.length, a.length) })
	failure := ErrNoJSON
	for _, c := range found {
		into := target
		if c.half && !whole {
			into = reflect.New(target.Type().Elem())
		}
		err := fill(into, c.json)
		switch {
		case err == nil && into != target:
			// The longest that fits is cut off: shorter ones are parts of it, or examples.
			return ErrTruncated
		case err == nil:
			return nil
		case !errors.Is(failure, errForm):
			failure = fmt.Errorf("%w: %w", errForm, err)
		}
	}
	if errors.Is(failure, errForm) {
		return fmt.Errorf("%w: %w", ErrNoJSON, failure)
	}
	return failure
}

// errForm says that JSON was there, but of another form.
var errForm = errors.New("what is there does not fit")

// fill stores JSON in what target points to, or leaves it as it is.
func fill(target reflect.Value, data []byte) error {
	fresh := reflect.New(target.Type().Elem())
	if err := json.Unmarshal(data, fresh.Interface()); err != nil {
		return err
	}
	target.Elem().Set(fresh.Elem())
	return nil
}

// answerIn is the answer in a text without thoughts.
func answerIn(text string) string {
	var t thoughts
	t.add(text)
	t.close(false)
	return t.text.String()
}

// candidate is a value found in a text.
type candidate struct {
	json   []byte
	length int  // of the text that it was made of
	half   bool // something of it was cut off
}

// candidates are the objects and lists in a text.
func candidates(text string, whole bool) []candidate {
	var found []candidate
	for tries, from := 0, 0; tries < maxTries; tries++ {
		at := strings.IndexAny(text[from:], "{[")
		if at < 0 {
			break
		}
		from += at
		p := repair{in: text[from:], whole: whole}
		read := p.value(0)
		if read.ok {
			found = append(found, candidate{json: p.out, length: p.at, half: p.half})
		}
		if !read.ok || read.cut {
			// It took all that is left, perhaps because of a bracket in the prose.
			from++
			continue
		}
		from += p.at
	}
	return found
}
