// Package entity reads and compares entity tags (RFC 9110, section 8.8.3), which
// say of a client's copy whether it is that of the server.
package entity

import "strings"

// Tag is an entity tag.
type Tag struct {
	// Weak says that it names what is equivalent, not the same bytes.
	Weak bool
	// Opaque is what stands between the quotes.
	Opaque string
}

// Strong returns a tag that names one state of a resource.
func Strong(opaque string) Tag { return Tag{Opaque: opaque} }

// String writes the tag as it stands in a header.
func (t Tag) String() string {
	if t.Weak {
		return `W/"` + t.Opaque + `"`
	}
	return `"` + t.Opaque + `"`
}

// Tags are the value of If-Match or If-None-Match.
type Tags struct {
	// Any stands for `*`: whatever there is.
	Any bool
	// List are the tags.
	List []Tag
}

// Parse reads the values of a header; false when they are no list of tags.
func Parse(values []string) (Tags, bool) {
	rest := strings.TrimSpace(strings.Join(values, ","))
	if rest == "*" {
		return Tags{Any: true}, true
	}
	var tags Tags
	for rest != "" {
		tag, after, ok := next(rest)
		if !ok {
			return Tags{}, false
		}
		tags.List = append(tags.List, tag)
		// An empty element of a list means nothing (RFC 9110, section 5.6.1.2).
		after = strings.TrimLeft(after, " \t")
		if rest = strings.TrimLeft(after, " \t,"); rest != "" && rest == after {
			return Tags{}, false // no comma
		}
	}
	return tags, len(tags.List) > 0
}

// next reads the tag at the beginning of text and returns what follows.
func next(text string) (tag Tag, rest string, ok bool) {
	text, tag.Weak = strings.CutPrefix(text, "W/")
	text, quoted := strings.CutPrefix(text, `"`)
	tag.Opaque, rest, ok = strings.Cut(text, `"`)
	return tag, rest, ok && quoted && !strings.ContainsAny(tag.Opaque, " \t")
}

// Same reports whether a tag is listed, by the weak comparison: for reading.
func (t Tags) Same(tag Tag) bool {
	for _, one := range t.List {
		if one.Opaque == tag.Opaque {
			return true
		}
	}
	return t.Any
}

// Identical reports whether a tag is listed, by the strong comparison: for
// changes, and whatever joins parts.
func (t Tags) Identical(tag Tag) bool {
	for _, one := range t.List {
		if !one.Weak && !tag.Weak && one.Opaque == tag.Opaque {
			return true
		}
	}
	return t.Any
}
