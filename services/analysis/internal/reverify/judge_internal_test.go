package reverify

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	lead   = "Bridges are built to last. Many of them do."
	quoted = "The Tacoma Narrows bridge fell on 7 November 1940 in a wind of 64 km/h."
	tail   = "Since then the decks of long bridges are tried in wind tunnels. It was a lesson."
	before = lead + "\n\n" + quoted + "\n\n" + tail
)

// quote is the citation of quoted in before.
func quote() *analysisv1.RecheckedCitation {
	at := strings.Index(before, quoted)
	return &analysisv1.RecheckedCitation{Citation: &analysisv1.Citation{
		Quote: quoted, StartOffset: int32(at), EndOffset: int32(at + len(quoted)), SnapshotSha256: "old", Support: analysisv1.Support_SUPPORTED,
	}}
}

func TestJudge_WhereAQuoteStandsNow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want analysisv1.RecheckedCitation_Outcome
	}{
		"at the same offset":               {lead + "\n\n" + quoted + "\n\nNew end.", analysisv1.RecheckedCitation_UNCHANGED},
		"below a new headline":             {"Bridges\n\n" + before, analysisv1.RecheckedCitation_UNCHANGED},
		"after another lead, tail as ever": {"A shorter lead.\n\n" + quoted + "\n\n" + tail, analysisv1.RecheckedCitation_UNCHANGED},
		"among other words":                {tail + " And more.\n\n" + quoted + "\n\n" + lead, analysisv1.RecheckedCitation_MOVED},
		"with other spaces":                {lead + "\n\n" + strings.ReplaceAll(quoted, " ", "\n") + "\n\n" + tail, analysisv1.RecheckedCitation_UNCHANGED},
		"not any more":                     {lead + "\n\n" + tail, analysisv1.RecheckedCitation_VANISHED},
	} {
		c := quote()
		source{sha256: "new", text: tc.text, before: before}.judge(c, quoted)
		require.Equal(t, tc.want, c.GetOutcome(), name)
		if tc.want != analysisv1.RecheckedCitation_VANISHED {
			require.Equal(t, quoted, strings.ReplaceAll(tc.text[c.GetStartOffset():c.GetEndOffset()], "\n", " "), name)
			require.Equal(t, analysisv1.Support_SUPPORTED, c.GetSupport(), name)
		}
	}
}

func TestJudge_TheSameTextIsNotLookedAt(t *testing.T) {
	t.Parallel()
	c := quote()
	source{sha256: "old"}.judge(c, quoted)
	require.Equal(t, analysisv1.RecheckedCitation_UNCHANGED, c.GetOutcome())
	require.Equal(t, c.GetCitation().GetStartOffset(), c.GetStartOffset())
}

func TestJudge_ARetractionCountsWhateverTheTextSays(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]source{
		"the same": {sha256: "old"}, "without the quote": {sha256: "new", text: tail}, "not there": {unreachable: "It is gone."},
	} {
		c := quote()
		s.retraction = &researchv1.Notice{Kind: researchv1.Notice_RETRACTION, Doi: "10.1/r", Date: "2026-01-02"}
		s.judge(c, quoted)
		require.Equal(t, analysisv1.RecheckedCitation_RETRACTED, c.GetOutcome(), name)
		require.Equal(t, "The source is retracted, since 2026-01-02: see https://doi.org/10.1/r.", c.GetReason(), name)
	}
}

func TestSupport_OfWhatStandsAnywhereInTheText(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("Concrete is poured in summer and in autumn, whatever the engineers may think of it.\n", 200)
	for name, tc := range map[string]struct {
		text string
		want analysisv1.Support
	}{
		"in other words":   {filler + "On 7 November 1940 the bridge at Tacoma Narrows fell, in a wind of 64 km/h.\n" + filler, analysisv1.Support_SUPPORTED},
		"with other value": {filler + "The Tacoma Narrows bridge fell on 7 November 1940 in a wind of 90 km/h.\n" + filler, analysisv1.Support_CONTRADICTED},
		"nowhere":          {filler, analysisv1.Support_UNSUPPORTED},
		"without words":    {"\n\n", analysisv1.Support_UNSUPPORTED},
	} {
		require.Equal(t, tc.want, support(quoted, tc.text), name)
	}
}

func TestPieces_HoldEveryLineWhole(t *testing.T) {
	t.Parallel()
	lines := make([]string, 60)
	for i := range lines {
		lines[i] = strings.Repeat(string(rune('a'+i%26)), 100)
	}
	lines[30] = strings.Repeat("z", 5000)
	pieces := pieceTogether(lines)
	for i, line := range lines {
		found := 0
		for _, p := range pieces {
			if strings.Contains(p, line) {
				found++
			}
		}
		require.Positive(t, found, "line %d", i)
	}
	require.Contains(t, pieces, lines[30], "a long line stands alone")
}
