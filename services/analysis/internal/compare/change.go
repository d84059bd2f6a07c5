package compare

import (
	"fmt"
	"slices"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// changes says what is different about a finding of two runs, one sentence each.
func changes(base, newer Run, before, after *analysisv1.Finding) []string {
	var out []string
	gone, come := numbers(before.GetClaim(), after.GetClaim())
	switch {
	case len(gone)+len(come) > 0:
		out = append(out, changed("The numbers changed", gone, come))
	case plain(before.GetClaim()) != plain(after.GetClaim()):
		out = append(out, "The words changed.")
	}
	if before.GetDate() != after.GetDate() {
		out = append(out, changed("The date changed", nonEmpty(before.GetDate()), nonEmpty(after.GetDate())))
	}
	if before.GetSupport() != after.GetSupport() {
		out = append(out, fmt.Sprintf("The verdict changed from %s to %s.", before.GetSupport(), after.GetSupport()))
	}
	had, has := sourceKeys(base, before), sourceKeys(newer, after)
	if lost := without(had, has); lost > 0 {
		out = append(out, counted(lost, "is no longer cited", "are no longer cited"))
	}
	if won := without(has, had); won > 0 {
		out = append(out, counted(won, "is cited now that was not", "are cited now that were not"))
	}
	return out
}

// changed says what became of values.
func changed(what string, gone, come []string) string {
	switch {
	case len(come) == 0:
		return fmt.Sprintf("%s: %s is gone.", what, strings.Join(gone, ", "))
	case len(gone) == 0:
		return fmt.Sprintf("%s: %s is new.", what, strings.Join(come, ", "))
	}
	return fmt.Sprintf("%s from %s to %s.", what, strings.Join(gone, ", "), strings.Join(come, ", "))
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// numbers returns the quantities that only one of two claims holds, as they are
// written. 60 seconds and a minute are the same.
func numbers(before, after string) (gone, come []string) {
	old, fresh := quantity.Find(before), quantity.Find(after)
	return unmatched(before, old, fresh), unmatched(after, fresh, old)
}

func unmatched(text string, list, others []quantity.Quantity) []string {
	var out []string
	for _, q := range list {
		if !slices.ContainsFunc(others, func(o quantity.Quantity) bool { return quantity.Agree(q, o) }) {
			out = append(out, text[q.Start:q.End])
		}
	}
	return out
}

// without counts what is in a and not in b.
func without(a, b map[string]bool) int {
	n := 0
	for key := range a {
		if !b[key] {
			n++
		}
	}
	return n
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "One source " + one + "."
	}
	return fmt.Sprintf("%d sources %s.", n, many)
}
