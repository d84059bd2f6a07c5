package compose_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

// composed composes content with the template "detailed"; change edits it before that.
func composed(t *testing.T, change func(*compose.Content)) compose.Report {
	t.Helper()
	in := content()
	change(&in)
	r, err := compose.Compose(in, tmpl(t, "detailed"))
	require.NoError(t, err)
	return r
}

func TestCompose_TheSummaryIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Summary = []compose.Sentence{{Text: "It is over 1,600 m deep.", Findings: []int{0, 1}}, {Text: "It may be old.", Findings: []int{2}}}
	})
	summary := part[*compose.Summary](t, r)
	require.IsType(t, summary, r.Parts[0], "the summary comes first")
	require.Empty(t, summary.Points)
	require.Equal(t, []compose.Point{
		{Claim: "It is over 1,600 m deep.", Support: compose.Supported, Marks: []int{1, 2}},
		{Claim: "It may be old.", Support: compose.Supported, Marks: []int{1}},
	}, summary.Sentences)
}

func TestCompose_WhatTheSummaryIsMadeOfIsShown(t *testing.T) {
	t.Parallel()
	in := content()
	in.Disagreements = nil
	for i := range in.Findings {
		in.Findings[i].Theme = "Depth"
	}
	in.Findings = append(in.Findings, in.Findings[0])
	short := tmpl(t, "brief") // three of each theme
	r, err := compose.Compose(in, short)
	require.NoError(t, err)
	require.Len(t, part[*compose.Theme](t, r).Findings, 3)
	in.Summary = []compose.Sentence{{Text: "It is deep.", Findings: []int{3}}}
	r, err = compose.Compose(in, short)
	require.NoError(t, err)
	require.Len(t, part[*compose.Theme](t, r).Findings, 4)
}

func TestCompose_RefusesASummaryThatRestsOnNothing(t *testing.T) {
	t.Parallel()
	for name, findings := range map[string][]int{
		"no finding":                  nil,
		"a finding that is not there": {0, 7},
		"a claim without a citation":  {3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := content()
			in.Kind = compose.FactCheck
			in.Findings = append(in.Findings, compose.Finding{Claim: "Nobody knows."})
			in.Summary = []compose.Sentence{{Text: "Nobody knows.", Findings: findings}}
			_, err := compose.Compose(in, tmpl(t, "detailed"))
			require.ErrorIs(t, err, compose.ErrContent)
		})
	}
}

func TestCompose_ATimelineIsAListOfDates(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind = compose.Timeline
		c.Findings[0].Date, c.Findings[1].Date = "1930", "1985-05"
	})
	events := part[*compose.Events](t, r)
	require.Len(t, events.Dated, 2)
	require.Equal(t, "1930", events.Dated[0].Date)
	require.Equal(t, "May 1985", events.Dated[1].Date)
	require.Equal(t, "It is 1,637 m deep.", events.Dated[1].Point.Claim)
	require.Len(t, events.Undated, 1)
	require.Equal(t, "May 1985", part[*compose.Theme](t, r).Findings[1].Date)
}

func TestCompose_ABriefTimelineHasAllDates(t *testing.T) {
	t.Parallel()
	in := content()
	in.Kind, in.Disagreements, in.Findings = compose.Timeline, nil, nil
	for _, date := range []string{"1900", "1901", "1902", "1903-01-02"} {
		in.Findings = append(in.Findings, compose.Finding{Claim: "Then.", Date: date, Support: compose.Supported, Citations: content().Findings[1].Citations})
	}
	r, err := compose.Compose(in, tmpl(t, "brief"))
	require.NoError(t, err)
	events := part[*compose.Events](t, r).Dated
	require.Len(t, events, 4)
	require.Equal(t, "2 January 1903", events[3].Date)
}

func TestCompose_WithoutDatesThereIsNoTimeline(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) { c.Kind = compose.Timeline })
	require.False(t, has[*compose.Events](r))
	require.True(t, has[*compose.Theme](r))
}

// has reports whether a report has a part of a type.
func has[T compose.Part](r compose.Report) bool {
	return slices.ContainsFunc(r.Parts, func(p compose.Part) bool {
		_, ok := p.(T)
		return ok
	})
}

func TestCompose_AComparisonSetsSubjectsSideBySide(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind = compose.Comparison
		c.Findings = append(c.Findings, c.Findings[1], c.Findings[2])
		for i, subject := range []string{"Baikal", "Baikal", "Superior", "Superior", ""} {
			c.Findings[i].Subject = subject
		}
	})
	table := part[*compose.Table](t, r)
	require.Equal(t, []string{"Baikal", "Superior"}, table.Subjects)
	got := [][]string{}
	for _, row := range table.Rows {
		line := []string{row.Respect}
		for _, point := range row.Cells {
			if point == nil {
				line = append(line, "")
				continue
			}
			line = append(line, point.Claim)
		}
		got = append(got, line)
	}
	require.Equal(t, [][]string{
		{"Depth", "It is 1,642 m deep.", "It is 1,637 m deep."},
		{"", "It is 1,637 m deep.", ""},
		{"Age", "", "It may be old."},
	}, got, "what is about neither stands below the table only")
}

func TestCompose_AComparisonKeepsTheOrderOfTheQuestion(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind, c.Question = compose.Comparison, "Is LAKE SUPERIOR deeper than Baikal?"
		c.Findings[0].Subject, c.Findings[1].Subject, c.Findings[2].Subject = "Tanganyika", "Baikal", "Lake Superior"
	})
	require.Equal(t, []string{"Lake Superior", "Baikal", "Tanganyika"}, part[*compose.Table](t, r).Subjects)
}

func TestCompose_OneSubjectIsNoComparison(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind = compose.Comparison
		c.Findings[0].Subject = "Baikal"
	})
	require.False(t, has[*compose.Table](r))
}

func TestCompose_AFactCheckGivesEachClaimItsVerdict(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind, c.Disagreements = compose.FactCheck, nil
		c.Findings[0].Support, c.Findings[0].Reason = compose.Partial, "Sources disagree about it"
		c.Findings[0].Supporting, c.Findings[0].Disputing = 1, 1
		c.Findings[0].Citations[0].Support = compose.Contradicted
		c.Findings = append(c.Findings, compose.Finding{Claim: "Nobody knows.", Support: compose.Unsupported})
	})
	claims := part[*compose.Verdicts](t, r).Claims
	require.Len(t, claims, 4)
	require.Equal(t, "Sources disagree about it.", claims[0].Reason)
	require.Equal(t, "1 source says so, 1 says otherwise.", claims[0].Tally)
	require.Equal(t, "says so", claims[0].Quotes[0].Stance, "what speaks for a claim comes first")
	require.Equal(t, "says otherwise", claims[0].Quotes[1].Stance)
	require.Empty(t, claims[3].Quotes)
	require.Empty(t, r.Notice)
	require.False(t, has[*compose.Summary](r), "the verdicts are their own summary")
}

func TestCompose_ClaimsThatNoSourceSpeaksOfAreNoEvidence(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind, c.Disagreements = compose.FactCheck, nil
		c.Findings = []compose.Finding{{Claim: "Nobody knows.", Support: compose.Unsupported}}
	})
	require.True(t, r.Empty)
	require.Contains(t, r.Notice, "not a finding that they are false")
	require.Len(t, part[*compose.Verdicts](t, r).Claims, 1)
}

func TestCompose_AReviewCountsWorks(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Kind = compose.Literature
		c.Findings[0].Supporting, c.Findings[1].Supporting, c.Findings[1].Disputing = 2, 1, 1
	})
	theme := part[*compose.Theme](t, r)
	require.Equal(t, "Drawn from 2 works.", theme.Note)
	require.Equal(t, "2 works say so.", theme.Findings[0].Tally)
	require.Equal(t, "1 work says so, 1 says otherwise.", theme.Findings[1].Tally)
}

func TestCompose_NotesAreWholeSentences(t *testing.T) {
	t.Parallel()
	r := composed(t, func(c *compose.Content) {
		c.Limits = []compose.Limit{{Kind: compose.Incomplete, Reason: "Some places did not answer."}, {Kind: compose.FileUnreadable, What: "a.pdf", Reason: "it is damaged."}}
	})
	require.Equal(t, []string{"Some places did not answer.", "The file a.pdf could not be read: it is damaged."}, part[*compose.Limits](t, r).Notes[:2])
	require.Contains(t, r.Notice, "incomplete")
}
