// Package template holds the templates that say what a report contains and in
// which order. A template is data: parts of known kinds with their settings. It
// holds no text that a reader sees beside headings, and no logic.
package template

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrInvalid says that a template's data break a rule.
var ErrInvalid = errors.New("invalid template")

// Template says what a report contains.
type Template struct {
	// ID names the template in the API, such as "brief".
	ID string `json:"id"`
	// Title and Description are shown to who chooses one.
	Title       string `json:"title"`
	Description string `json:"description"`
	// Parts are the report's parts in order, each kind once at most.
	Parts []Part `json:"parts"`
}

// Part is one part of a report.
type Part struct {
	Kind Kind `json:"kind"`
	// Heading replaces the part's usual heading. The findings part ignores it: its
	// headings are the themes.
	Heading string `json:"heading,omitempty"`
	// Limit bounds the items in the part, or for findings those in each theme;
	// 0 is no bound.
	Limit int `json:"limit,omitempty"`
	// Quotes bounds the quotes shown with each finding; 0 is no bound.
	Quotes int `json:"quotes,omitempty"`
}

// Kind is what a part shows.
type Kind string

// The kinds of parts.
const (
	Summary       Kind = "SUMMARY"
	Findings      Kind = "FINDINGS"
	Disagreements Kind = "DISAGREEMENTS"
	Limits        Kind = "LIMITS"
	References    Kind = "REFERENCES"
	Provenance    Kind = "PROVENANCE"
)

// kinds are all kinds there are.
var kinds = []Kind{Summary, Findings, Disagreements, Limits, References, Provenance}

// required are the parts that no template may leave out: a report without its
// findings, its sources, or what it could not find out would mislead.
var required = []Kind{Findings, Limits, References}

//go:embed builtin/*.json
var builtin embed.FS

// Parse reads a template from JSON and checks it.
func Parse(data []byte) (Template, error) {
	var t Template
	if err := json.Unmarshal(data, &t); err != nil {
		return Template{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return t, t.Validate()
}

// Validate reports the first rule that a template breaks, wrapped in ErrInvalid.
func (t Template) Validate() error {
	if t.ID == "" || t.Title == "" {
		return fmt.Errorf("%w: id and title must be given", ErrInvalid)
	}
	seen := map[Kind]bool{}
	for i, p := range t.Parts {
		switch {
		case !slices.Contains(kinds, p.Kind):
			return fmt.Errorf("%w: parts[%d].kind %q is not known", ErrInvalid, i, p.Kind)
		case seen[p.Kind]:
			return fmt.Errorf("%w: parts[%d] repeats %s", ErrInvalid, i, p.Kind)
		case p.Limit < 0 || p.Quotes < 0:
			return fmt.Errorf("%w: parts[%d]: a limit must not be negative", ErrInvalid, i)
		}
		seen[p.Kind] = true
	}
	for _, kind := range required {
		if !seen[kind] {
			return fmt.Errorf("%w: %s is missing", ErrInvalid, kind)
		}
	}
	return nil
}

// Builtin returns the built-in templates by their ID's order. It fails only if
// the program was built with a broken one, which a test rules out.
func Builtin() ([]Template, error) {
	entries, err := builtin.ReadDir("builtin")
	if err != nil {
		return nil, fmt.Errorf("list built-in templates: %w", err)
	}
	templates := make([]Template, 0, len(entries))
	for _, entry := range entries {
		data, err := builtin.ReadFile("builtin/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read built-in template: %w", err)
		}
		t, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("built-in template %s: %w", entry.Name(), err)
		}
		templates = append(templates, t)
	}
	return templates, nil
}
