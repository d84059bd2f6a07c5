package store

import (
	"slices"

	"github.com/researcherpro/researcherpro/pkg/filter"
)

// What the lists can be filtered by; the contract tells the same. Fields are named as
// callers see them.

// ReportFilter is that of ListReports.
func ReportFilter() filter.List {
	of := func(t filter.Type, name string) filter.Field {
		return filter.Field{Name: name, Column: "r." + name, Type: t}
	}
	return filter.List{
		Text: []string{"r.title"},
		Fields: []filter.Field{
			of(filter.ID, "id"), of(filter.ID, "analysis_id"), of(filter.Text, "title"), of(filter.Text, "template_id"),
			of(filter.Int, "finding_count"), of(filter.Int, "reference_count"), of(filter.Int, "version"), of(filter.Time, "create_time"),
		},
	}
}

// TemplateFilter is that of ListTemplates. The ids of built-in templates are words.
func TemplateFilter() filter.List {
	return filter.List{
		Text: []string{"title", "description"},
		Fields: slices.Concat(
			filter.Named(filter.Text, "title", "description"), filter.Named(filter.Bool, "built_in"),
			filter.Named(filter.Int, "version"), filter.Named(filter.Time, "create_time", "update_time"),
			[]filter.Field{
				{Name: "id", Column: "name", Type: filter.Text},
				{Name: "layout", Column: "layout", Type: filter.Enum, Values: []string{"PAGES", "SLIDES"}},
			},
		),
	}
}
