package compare_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/compare"
)

// finding is a SUPPORTED claim that cites sources by their titles.
func finding(claim string, titles ...string) *analysisv1.Finding {
	f := &analysisv1.Finding{Claim: claim, Support: analysisv1.Support_SUPPORTED}
	for _, title := range titles {
		f.Citations = append(f.Citations, &analysisv1.Citation{SourceTitle: title, Quote: claim})
	}
	return f
}

func runOf(findings ...*analysisv1.Finding) compare.Run { return compare.Run{Findings: findings} }

func TestRuns_SaysWhatChangedAboutAFinding(t *testing.T) {
	t.Parallel()
	const claim = "A segment of the write-ahead log holds 16 megabytes of data."
	tests := map[string]struct {
		before, after *analysisv1.Finding
		changes       []string
	}{
		"nothing":          {finding(claim, "a"), finding(claim, "a"), nil},
		"only white space": {finding(claim, "a"), finding(" a segment of the  write-ahead log holds 16 megabytes of data.", "a"), nil},
		"the words":        {finding(claim, "a"), finding("Each segment of the write-ahead log holds 16 megabytes of data.", "a"), []string{"The words changed."}},
		"a number":         {finding(claim, "a"), finding("A segment of the write-ahead log holds 64 megabytes of data.", "a"), []string{"The numbers changed from 16 to 64."}},
		"the unit":         {finding("It takes 60 s to replay the log.", "a"), finding("It takes 1 minute to replay the log.", "a"), []string{"The words changed."}},
		"a source more":    {finding(claim, "a"), finding(claim, "a", "b", "c"), []string{"2 sources are cited now that were not."}},
		"another source":   {finding(claim, "a"), finding(claim, "b"), []string{"One source is no longer cited.", "One source is cited now that was not."}},
		"the verdict": {finding(claim, "a"), func() *analysisv1.Finding {
			f := finding(claim, "a")
			f.Support = analysisv1.Support_PARTIAL
			return f
		}(), []string{"The verdict changed from SUPPORTED to PARTIAL."}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare.Runs(runOf(tc.before), runOf(tc.after))
			require.Empty(t, got.GetAdded())
			require.Empty(t, got.GetRemoved())
			if tc.changes == nil {
				require.EqualValues(t, 1, got.GetUnchanged())
				require.Empty(t, got.GetChanged())
				return
			}
			require.Len(t, got.GetChanged(), 1)
			require.Equal(t, tc.changes, got.GetChanged()[0].GetChanges())
		})
	}
}

func TestRuns_PairsTheMostAlikeWhateverTheOrder(t *testing.T) {
	t.Parallel()
	before := []*analysisv1.Finding{
		finding("Vacuum reclaims the space of dead rows in a table.", "a"),
		finding("Vacuum reclaims the space of dead rows in an index.", "a"),
		finding("Bread rises in a warm place.", "b"),
	}
	after := []*analysisv1.Finding{
		finding("Vacuum reclaims the space of dead rows in an index.", "a"),
		finding("Vacuum reclaims the space of dead rows in a big table.", "a"),
		finding("Checkpoints bound how long a replay takes.", "c"),
	}
	for range 2 {
		got := compare.Runs(runOf(before...), runOf(after...))
		require.EqualValues(t, 1, got.GetUnchanged())
		require.Len(t, got.GetChanged(), 1)
		require.Equal(t, "Vacuum reclaims the space of dead rows in a big table.", got.GetChanged()[0].GetAfter().GetClaim())
		require.Equal(t, "Vacuum reclaims the space of dead rows in a table.", got.GetChanged()[0].GetBefore().GetClaim())
		require.Len(t, got.GetAdded(), 1)
		require.Len(t, got.GetRemoved(), 1)
		require.Equal(t, "b", got.GetSourcesRemoved()[0].GetTitle())
		require.Equal(t, "c", got.GetSourcesAdded()[0].GetTitle())
		slices.Reverse(before)
		slices.Reverse(after)
	}
}

func TestRuns_KnowsASourceByItsAddressNotByItsID(t *testing.T) {
	t.Parallel()
	side := func(id string) compare.Run {
		f := finding("The log is flushed at commit.")
		f.Citations = []*analysisv1.Citation{{SourceId: id, Quote: "flushed at commit"}}
		return compare.Run{Findings: []*analysisv1.Finding{f}, Sources: map[string]compare.Source{
			id: {CitedSource: &analysisv1.CitedSource{SourceId: id, Url: "https://example.org/"}, Key: "https://example.org/"},
		}}
	}
	got := compare.Runs(side("1"), side("2"))
	require.EqualValues(t, 1, got.GetUnchanged())
	require.Empty(t, got.GetSourcesAdded())
	require.Empty(t, got.GetSourcesRemoved())
}

func TestRuns_ThingsThatAreComparedAreNotMixedUp(t *testing.T) {
	t.Parallel()
	a, b := finding("It is fast.", "a"), finding("It is fast.", "a")
	a.Subject, b.Subject = "Postgres", "MySQL"
	got := compare.Runs(runOf(a), runOf(b))
	require.Len(t, got.GetAdded(), 1)
	require.Len(t, got.GetRemoved(), 1)
}
