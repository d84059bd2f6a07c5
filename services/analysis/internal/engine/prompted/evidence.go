package prompted

import (
	"cmp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// headTokens is what the number and the source of a passage take.
const headTokens = 50

// ordered returns the evidence that says something, the most relevant first. The order
// that it came in does not matter.
func ordered(evidence []engine.Evidence) []engine.Evidence {
	items := sayingSomething(evidence)
	slices.SortFunc(items, func(a, b engine.Evidence) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.SourceID, b.SourceID),
			cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID))
	})
	return items
}

// sayingSomething returns the evidence that holds a letter or a digit.
func sayingSomething(evidence []engine.Evidence) []engine.Evidence {
	return slices.DeleteFunc(slices.Clone(evidence), func(e engine.Evidence) bool {
		return !strings.ContainsFunc(e.Text, says)
	})
}

// tokens estimates how many tokens a text is for the models that have most of them.
func tokens(text string) int { return int(llm.CountTokens("", text)) }

// size is what a passage takes of a prompt, in tokens.
func size(item engine.Evidence) int { return tokens(item.Text) + headTokens }

// cutTo shortens a passage to whole sentences that fit; ok is false if not even the
// first one does.
func cutTo(item engine.Evidence, limit int) (short engine.Evidence, ok bool) {
	end := 0
	room := limit - headTokens
	for _, s := range sentence.Split(item.Text) {
		room -= tokens(item.Text[end:s.End])
		if room < 0 {
			break
		}
		end = s.End
	}
	item.Text = item.Text[:end]
	return item, end > 0
}

// loss is what of the evidence a model was not shown, in passages.
type loss struct {
	dropped int // not at all
	cut     int // only the first sentences
}

// fit keeps what fits into a number of tokens: the most relevant passages whole, the
// last one cut after a sentence if it is the only one.
func fit(items []engine.Evidence, limit int) []engine.Evidence {
	kept := make([]engine.Evidence, 0, len(items))
	for _, item := range items {
		if need := size(item); need <= limit {
			kept = append(kept, item)
			limit -= need
			continue
		}
		if len(kept) == 0 {
			if short, ok := cutTo(item, limit); ok {
				kept = append(kept, short)
				limit -= size(short)
			}
		}
	}
	return kept
}

// shrink gives up what is least relevant, so that what is left is clearly smaller: three
// fifths, and at last half of the only passage. ok is false if nothing would be left.
func shrink(items []engine.Evidence) (kept []engine.Evidence, lost loss, ok bool) {
	if len(items) > 1 {
		n := max(1, len(items)*3/5)
		return items[:n], loss{dropped: len(items) - n}, true
	}
	if len(items) == 0 {
		return nil, loss{}, false
	}
	short, ok := cutTo(items[0], size(items[0])/2)
	return []engine.Evidence{short}, loss{cut: 1}, ok
}
