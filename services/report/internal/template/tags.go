package template

import (
	"cel.dev/cel-go/cel"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// blockTag is a tag that places blocks.
type blockTag struct {
	name   string
	params []parameter
	// role is that of a section that begins with the tag.
	role  reportv1.Section_Role
	place func(*run, *values) []*reportv1.Block
}

// parameter is what a tag can be given.
type parameter struct {
	name   string // empty for what is given without one
	wanted string // for who writes templates
	// kind reports whether values of a type can be given; nil for the name of a chart.
	kind func(*cel.Type) bool
}

// param returns a parameter by its name; nil if there is none.
func (b *blockTag) param(name string) *parameter {
	for i := range b.params {
		if b.params[i].name == name {
			return &b.params[i]
		}
	}
	return nil
}

// needs reports whether something must be given.
func (b *blockTag) needs() bool { return b.param("") != nil }

// blockTags are the tags that place blocks, by their names.
func blockTags() map[string]*blockTag {
	limit := parameter{"limit", "a whole number", isInt}
	quotes := parameter{"quotes", "a whole number", isInt}
	of := parameter{"of", "a list of findings", isFindings}
	tags := []*blockTag{
		{"summary", []parameter{limit, quotes}, reportv1.Section_SUMMARY, (*run).summary},
		{"findings", []parameter{of, limit, quotes}, reportv1.Section_FINDINGS, (*run).findings},
		{"finding", []parameter{{"", "a finding", isFinding}, quotes}, reportv1.Section_FINDINGS, (*run).oneFinding},
		{"timeline", []parameter{quotes}, reportv1.Section_TIMELINE, (*run).timeline},
		{"comparison", []parameter{quotes}, reportv1.Section_COMPARISON, (*run).comparison},
		{"disagreements", []parameter{limit, quotes}, reportv1.Section_DISAGREEMENTS, (*run).disagreements},
		{"limits", nil, reportv1.Section_LIMITS, (*run).limits},
		{"references", nil, reportv1.Section_REFERENCES, (*run).references},
		{"provenance", nil, reportv1.Section_PROVENANCE, (*run).provenance},
		{"chart", []parameter{{"", "the name of a chart in quotes", nil}}, reportv1.Section_ROLE_UNSPECIFIED, (*run).chart},
		{"note", []parameter{{"", "a text", isText}}, reportv1.Section_ROLE_UNSPECIFIED, (*run).note},
	}
	byName := make(map[string]*blockTag, len(tags))
	for _, t := range tags {
		byName[t.name] = t
	}
	return byName
}
