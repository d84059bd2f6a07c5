package store

import (
	"slices"

	"github.com/researcherpro/researcherpro/pkg/filter"
)

// What the lists can be filtered by; the contract tells the same. Fields are named as
// callers see them, so some are made of several columns or stand inside JSON.

// AnalysisFilter is that of ListAnalyses.
func AnalysisFilter() filter.List {
	return filter.List{
		Text: []string{"(request ->> 'question')"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "research_id", "report_id", "cached_from", "rerun_of"),
			filter.Named(filter.Text, "engine", "model"),
			filter.Named(filter.Time, "create_time", "update_time", "complete_time"),
			filter.Named(filter.Texts, "missing"),
			filter.Named(filter.Float, "progress"),
			[]filter.Field{
				{Name: "question", Column: "(request ->> 'question')", Type: filter.Text},
				// The zero value is left out of JSON.
				{Name: "kind", Column: "coalesce(request ->> 'kind', 'KIND_UNSPECIFIED')", Type: filter.Enum, Values: []string{
					"KIND_UNSPECIFIED", "SUMMARY", "DEEP", "COMPARISON", "TIMELINE", "LITERATURE_REVIEW", "FACT_CHECK",
				}},
				{Name: "state", Column: "state", Type: filter.Enum, Values: []string{
					Queued, AwaitingApproval, Collecting, Analyzing, Reporting, Completed, CompletedPartial, NoEvidence, Failed, Cancelled,
				}},
				{Name: "usage.cost_usd", Column: "cost_usd::float8", Type: filter.Float},
				{Name: "error.reason", Column: "error_reason", Type: filter.Text},
			},
		),
	}
}

// FindingFilter is that of ListFindings. All but the place is in the message, by the
// keys that JSON has and without zero values.
func FindingFilter() filter.List {
	text := func(name, key string) filter.Field {
		return filter.Field{Name: name, Column: "coalesce(message ->> '" + key + "', '')", Type: filter.Text}
	}
	number := func(name, key string, t filter.Type) filter.Field {
		return filter.Field{Name: name, Column: "coalesce((message ->> '" + key + "')::float8, 0)", Type: t}
	}
	return filter.List{
		Text: []string{"(message ->> 'claim')"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id"),
			filter.Named(filter.Int, "ordinal"),
			[]filter.Field{
				text("claim", "claim"), text("section", "section"), text("support_reason", "supportReason"),
				text("subject", "subject"), text("date", "date"),
				number("salience", "salience", filter.Float),
				number("supporting_sources", "supportingSources", filter.Int), number("disputing_sources", "disputingSources", filter.Int),
				{Name: "support", Column: "coalesce(message ->> 'support', 'SUPPORT_UNSPECIFIED')", Type: filter.Enum, Values: []string{
					"SUPPORT_UNSPECIFIED", "SUPPORTED", "PARTIAL", "UNSUPPORTED", "CONTRADICTED",
				}},
			},
		),
	}
}

// EventFilter is that of ListEvents.
func EventFilter() filter.List {
	return filter.List{
		Fields: []filter.Field{
			{Name: "sequence", Column: "sequence", Type: filter.Int},
			{Name: "time", Column: "create_time", Type: filter.Time},
			{Name: "type", Column: "type", Type: filter.Enum, Values: []string{
				"STATE_CHANGED", "ROUND_STARTED", "SOURCE_FOUND", "SOURCE_FETCHED", "SOURCE_FAILED", "EVIDENCE_RANKED", "FINDING_ADDED",
				"CITATION_CHECKED", "USAGE", "TEXT", "REPORT_READY", "ERROR", "BUDGET_LOW",
			}},
		},
	}
}

// MessageFilter is that of ListMessages.
func MessageFilter() filter.List {
	return filter.List{
		Text: []string{"question"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "user_id"), filter.Named(filter.Text, "question"), filter.Named(filter.Time, "create_time"),
		),
	}
}

// CallFilter is that of ListCalls.
func CallFilter() filter.List {
	return filter.List{
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "user_id"),
			filter.Named(filter.Text, "step", "engine", "model"),
			filter.Named(filter.Millis, "duration_ms"),
			filter.Named(filter.Time, "create_time"),
			[]filter.Field{
				{Name: "state", Column: "state", Type: filter.Enum, Values: []string{CallReserved, CallSettled, CallReleased, CallLost, CallCached}},
				// Of a call that is being made, what is set aside is shown.
				{Name: "usage.cost_usd", Column: "(CASE state WHEN 'RESERVED' THEN reserved_cost ELSE cost END / 1e9::float8)", Type: filter.Float},
				{Name: "usage.input_tokens", Column: "(CASE state WHEN 'RESERVED' THEN reserved_tokens ELSE input_tokens END)", Type: filter.Int},
				{Name: "usage.output_tokens", Column: "output_tokens", Type: filter.Int},
			},
		),
	}
}

// ReverificationFilter is that of ListReverifications.
func ReverificationFilter() filter.List {
	return filter.List{
		Text: []string{"v.error"},
		Fields: []filter.Field{
			{Name: "id", Column: "v.id", Type: filter.ID},
			{Name: "state", Column: "v.state", Type: filter.Enum, Values: []string{
				ReverificationQueued, ReverificationRunning, ReverificationCompleted, ReverificationFailed,
			}},
			{Name: "error", Column: "v.error", Type: filter.Text},
			{Name: "create_time", Column: "v.create_time", Type: filter.Time},
			{Name: "complete_time", Column: "v.complete_time", Type: filter.Time},
		},
	}
}
