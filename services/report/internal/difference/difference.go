// Package difference tells what two documents say differently, finding by finding.
package difference

import (
	"cmp"
	"slices"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Of returns what after tells differently from before. A finding of both is the same
// one when its claim is, or else when both rest on the same words: ids and numbers say
// nothing, because every run gives its own.
func Of(before, after *reportv1.Document) *reportv1.ReportDifference {
	d := &reportv1.ReportDifference{}
	pairs := pair(before.GetFindings(), after.GetFindings())
	for _, f := range after.GetFindings() {
		was, both := pairs[f]
		if !both {
			d.Added = append(d.Added, f)
			continue
		}
		if fields := differing(was, f); len(fields) > 0 {
			d.Changed = append(d.Changed, &reportv1.ReportDifference_Change{Before: was, After: f, Fields: fields})
		} else {
			d.UnchangedCount++
		}
	}
	kept := map[*reportv1.Finding]bool{}
	for _, was := range pairs {
		kept[was] = true
	}
	for _, f := range before.GetFindings() {
		if !kept[f] {
			d.Removed = append(d.Removed, f)
		}
	}
	d.AddedSources = without(after.GetReferences(), before.GetReferences())
	d.RemovedSources = without(before.GetReferences(), after.GetReferences())
	return d
}

// pair returns for each later finding the earlier one that it is, if it is one.
func pair(before, after []*reportv1.Finding) map[*reportv1.Finding]*reportv1.Finding {
	pairs := map[*reportv1.Finding]*reportv1.Finding{}
	taken := map[*reportv1.Finding]bool{}
	for _, same := range []func(a, b *reportv1.Finding) bool{sameClaim, sameWords} {
		for _, f := range after {
			if pairs[f] != nil {
				continue
			}
			i := slices.IndexFunc(before, func(was *reportv1.Finding) bool { return !taken[was] && same(was, f) })
			if i >= 0 {
				pairs[f], taken[before[i]] = before[i], true
			}
		}
	}
	return pairs
}

func sameClaim(a, b *reportv1.Finding) bool { return plain(a.GetClaim()) == plain(b.GetClaim()) }

// sameWords reports whether two findings have a quote in common.
func sameWords(a, b *reportv1.Finding) bool {
	return slices.ContainsFunc(a.GetQuotes(), func(q *reportv1.Quote) bool {
		return slices.ContainsFunc(b.GetQuotes(), func(other *reportv1.Quote) bool { return plain(q.GetText()) == plain(other.GetText()) })
	})
}

// differing names the fields in which two states of a finding differ.
func differing(before, after *reportv1.Finding) []string {
	var fields []string
	for _, field := range []struct {
		name string
		same bool
	}{
		{"claim", sameClaim(before, after)},
		{"support", before.GetSupport() == after.GetSupport()},
		{"theme", before.GetTheme() == after.GetTheme()},
		{"date", before.GetDate() == after.GetDate()},
		{"quotes", slices.Equal(quotes(before), quotes(after))},
	} {
		if !field.same {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// quotes returns what a finding quotes of whom, in an order of its own.
func quotes(f *reportv1.Finding) []string {
	var all []string
	for _, q := range f.GetQuotes() {
		all = append(all, plain(q.GetText())+"\x00"+q.GetSourceTitle()+"\x00"+q.GetSupport().String())
	}
	slices.Sort(all)
	return all
}

// without returns the works of references that none of the others is.
func without(references, others []*reportv1.Reference) []*reportv1.Work {
	known := map[string]bool{}
	for _, r := range others {
		known[key(r.GetWork())] = true
	}
	var works []*reportv1.Work
	for _, r := range references {
		if !known[key(r.GetWork())] {
			works = append(works, r.GetWork())
		}
	}
	return works
}

// key is what two descriptions of a work have in common.
func key(w *reportv1.Work) string {
	return cmp.Or(w.GetIdentifiers()["doi"], w.GetUrl(), w.GetFileName(), plain(w.GetTitle()))
}

// plain is a text without what nobody reads: case and white space.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
