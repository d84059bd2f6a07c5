package reverify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const (
	// around is how many bytes on each side of a quote say that it stands where it
	// stood, when what comes before it in the text has become longer or shorter.
	around = 80
	// windowSize is about how many bytes a claim is checked against at once, and
	// windows how many pieces of a text are tried: those with most of its words.
	windowSize = 900
	windows    = 12
)

// source is what a source says now.
type source struct {
	// unreachable says why it could not be read; "" when it could.
	unreachable string
	sha256      string
	// text is what it says now, before what it said; both are empty when that is the
	// same.
	text, before string
	// retraction is a notice that it is retracted; may be nil.
	retraction *researchv1.Notice
}

// judge fills in what became of a citation of a claim.
func (s source) judge(c *analysisv1.RecheckedCitation, claim string) {
	quoted := c.GetCitation()
	c.SnapshotSha256 = s.sha256
	switch span, ok := s.locate(quoted); {
	case s.unreachable != "":
		c.Outcome, c.Reason = analysisv1.RecheckedCitation_UNREACHABLE, s.unreachable
	case !ok:
		c.Outcome, c.Reason = analysisv1.RecheckedCitation_VANISHED, "The source can be read, and the quote is not in it any more."
		c.Support = support(claim, s.text)
	default:
		c.StartOffset, c.EndOffset, c.Support = int32(span.Start), int32(span.End), quoted.GetSupport()
		c.Outcome = analysisv1.RecheckedCitation_UNCHANGED
		if s.moved(quoted, span) {
			c.Outcome, c.Reason = analysisv1.RecheckedCitation_MOVED, "The quote stands elsewhere in the source."
		}
	}
	if s.retraction != nil {
		c.Outcome, c.Reason = analysisv1.RecheckedCitation_RETRACTED, retracted(s.retraction)
	}
}

// retracted says in words that a source is.
func retracted(n *researchv1.Notice) string {
	text := "The source is retracted"
	if n.GetDate() != "" {
		text += ", since " + n.GetDate()
	}
	if n.GetDoi() != "" {
		text += ": see https://doi.org/" + n.GetDoi()
	}
	return text + "."
}

// locate finds a quote in what the source says now.
func (s source) locate(c *analysisv1.Citation) (verify.Span, bool) {
	if s.sha256 != "" && s.sha256 == c.GetSnapshotSha256() {
		return verify.Span{Start: int(c.GetStartOffset()), End: int(c.GetEndOffset())}, true
	}
	span, _, ok := verify.Locate(s.text, c.GetQuote(), int(c.GetStartOffset()))
	return span, ok
}

// moved reports whether a quote stands elsewhere: at another place, with other words
// on both sides.
func (s source) moved(c *analysisv1.Citation, now verify.Span) bool {
	if now.Start == int(c.GetStartOffset()) {
		return false
	}
	was := verify.Span{Start: int(c.GetStartOffset()), End: int(c.GetEndOffset())}
	if was.Start < 0 || was.End > len(s.before) || was.Start > was.End {
		return true
	}
	return !alike(ahead(s.before, was), ahead(s.text, now)) && !alike(behind(s.before, was), behind(s.text, now))
}

// ahead is what stands before a span, behind what stands after it.
func ahead(text string, at verify.Span) string { return text[max(0, at.Start-around):at.Start] }

func behind(text string, at verify.Span) string { return text[at.End:min(len(text), at.End+around)] }

// alike reports whether two contexts are the same but for white space. Where there
// are no words, nothing is.
func alike(a, b string) bool {
	words := strings.Fields(a)
	return len(words) > 0 && slices.Equal(words, strings.Fields(b))
}

// support says whether a text says what a claim says, anywhere: the best verdict
// over the pieces of it that have most words of the claim. A contradiction counts
// more than a part of the claim: the text speaks of the same thing and says
// otherwise.
func support(claim, text string) analysisv1.Support {
	best := verify.Verdict{Support: verify.Unsupported}
	order := []verify.Support{verify.Unsupported, verify.Partial, verify.Contradicted, verify.Supported}
	for _, piece := range promising(claim, text) {
		verdict := verify.Check(claim, piece, nil)
		if slices.Index(order, verdict.Support) > slices.Index(order, best.Support) {
			best = verdict
		}
	}
	return analysisv1.Support(analysisv1.Support_value[string(best.Support)])
}

// promising are the pieces of a text with most words of a claim, the best first.
func promising(claim, text string) []string {
	language := lexical.Detect(claim)
	wanted := map[string]bool{}
	for _, stem := range lexical.Stems(claim, language) {
		wanted[stem] = true
	}
	type piece struct {
		text  string
		words int
	}
	var pieces []piece
	for _, window := range pieceTogether(strings.Split(text, "\n")) {
		seen := map[string]bool{}
		for _, stem := range lexical.Stems(window, language) {
			if wanted[stem] {
				seen[stem] = true
			}
		}
		if len(seen) > 0 {
			pieces = append(pieces, piece{window, len(seen)})
		}
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(b.words, a.words) })
	out := make([]string, 0, windows)
	for _, p := range pieces[:min(len(pieces), windows)] {
		out = append(out, p.text)
	}
	return out
}

// pieceTogether joins lines to windows of about windowSize bytes. Each starts in the
// middle of the one before, so that no statement is cut in two everywhere.
func pieceTogether(lines []string) []string {
	var out []string
	for from := 0; from < len(lines); {
		size, to := 0, from
		for to < len(lines) && (to == from || size+len(lines[to]) <= windowSize) {
			size += len(lines[to]) + 1
			to++
		}
		if size > 1 || strings.TrimSpace(lines[from]) != "" {
			out = append(out, strings.Join(lines[from:to], "\n"))
		}
		if to == len(lines) {
			break
		}
		from = max(from+1, from+(to-from)/2)
	}
	return out
}
