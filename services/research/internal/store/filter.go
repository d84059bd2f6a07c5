package store

import (
	"slices"

	"github.com/researcherpro/researcherpro/pkg/filter"
)

// What the lists can be filtered by; the contract tells the same. Fields are named as
// callers see them.

// DocumentFilter is that of ListDocuments.
func DocumentFilter() filter.List {
	return filter.List{
		Text: []string{"title", "file_name"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id"),
			filter.Named(filter.Text, "title", "file_name", "collection", "media_type", "sha256", "language", "url", "published", "license"),
			filter.Named(filter.Int, "size_bytes", "passage_count"),
			filter.Named(filter.Texts, "authors"),
			filter.Named(filter.Time, "create_time", "update_time"),
			[]filter.Field{
				{Name: "state", Column: "state", Type: filter.Enum, Values: []string{DocumentPending, DocumentIndexing, DocumentReady, DocumentFailed}},
				{Name: "error.reason", Column: "error_reason", Type: filter.Text},
			},
		),
	}
}

// CollectionFilter is that of ListCollections.
func CollectionFilter() filter.List {
	return filter.List{
		Text: []string{"name"},
		Fields: []filter.Field{
			{Name: "name", Column: "name", Type: filter.Text},
			{Name: "document_count", Column: "documents", Type: filter.Int},
			{Name: "ready_count", Column: "ready", Type: filter.Int},
			{Name: "failed_count", Column: "failed", Type: filter.Int},
			{Name: "passage_count", Column: "passages", Type: filter.Int},
			{Name: "size_bytes", Column: "bytes", Type: filter.Int},
		},
	}
}

// ResearchFilter is that of ListResearch.
func ResearchFilter() filter.List {
	return filter.List{
		Text: []string{"query"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id"),
			filter.Named(filter.Text, "query", "error"),
			filter.Named(filter.Texts, "sub_queries"),
			filter.Named(filter.Float, "progress"),
			filter.Named(filter.Time, "create_time", "update_time", "deadline"),
			[]filter.Field{
				{Name: "state", Column: "state", Type: filter.Enum, Values: []string{
					ResearchQueued, ResearchRunning, ResearchSucceeded, ResearchPartial, ResearchFailed, ResearchCancelled,
				}},
				{Name: "statistics.sources_found", Column: "sources_found", Type: filter.Int},
				{Name: "statistics.sources_used", Column: "sources_used", Type: filter.Int},
				{Name: "statistics.sources_failed", Column: "sources_failed", Type: filter.Int},
				{Name: "statistics.passages", Column: "passages", Type: filter.Int},
			},
		),
	}
}

// SourceFilter is that of ListSources.
func SourceFilter() filter.List {
	return filter.List{
		Text: []string{"title"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "document_id"),
			filter.Named(filter.Text, "connector", "title", "url", "file_name", "media_type", "language", "outcome_reason", "kind",
				"published", "container", "publisher", "license"),
			filter.Named(filter.Texts, "authors"),
			filter.Named(filter.Time, "publish_time", "fetch_time"),
			filter.Named(filter.Map, "identifiers"),
			filter.Named(filter.Bool, "preprint"),
			[]filter.Field{
				{Name: "citation_count", Column: "citations", Type: filter.Int},
				{Name: "outcome", Column: "outcome", Type: filter.Enum, Values: []string{OutcomeUsed, OutcomeUnused, OutcomeUnreadable, OutcomePending}},
				// Without a snapshot it is empty.
				{Name: "extent", Column: "coalesce(nullif(extent, ''), 'EXTENT_UNSPECIFIED')", Type: filter.Enum, Values: []string{
					"EXTENT_UNSPECIFIED", "SNIPPET", "ABSTRACT", "FULL",
				}},
			},
		),
	}
}

// EvidenceFilter is that of ListEvidence.
func EvidenceFilter() filter.List {
	return filter.List{
		Text: []string{"text", "heading"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "source_id"), filter.Named(filter.Text, "text", "heading"),
			filter.Named(filter.Int, "page"), filter.Named(filter.Float, "score"),
		),
	}
}
