package prompted

import (
	"iter"
	"regexp"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// secretRun is how many words in a row a text must share with the prompts to repeat
// them. Shorter runs are found in anybody's prose.
const secretRun = 6

// fenceWords is what only the lines around a data block look like.
var fenceWords = regexp.MustCompile(`(?i)[<＜]{3}\s*(?:data|end)\s+[0-9a-f]{8,}|\b(?:DATA|END) [0-9a-f]{16}\b`)

// secret is what must not be seen in a result: the runs of words of the prompts.
type secret map[[secretRun]string]bool

// add takes the words of a prompt in.
func (s secret) add(text string) {
	for run := range runs(text) {
		s[run] = true
	}
}

// in reports whether a text repeats a prompt or a fence.
func (s secret) in(text string) bool {
	for run := range runs(text) {
		if s[run] {
			return true
		}
	}
	return fenceWords.MatchString(text)
}

// runs yields each run of secretRun words.
func runs(text string) iter.Seq[[secretRun]string] {
	return func(yield func([secretRun]string) bool) {
		var run [secretRun]string
		for i, token := range lexical.Tokens(text) {
			copy(run[:], run[1:])
			run[secretRun-1] = token.Text
			if i >= secretRun-1 && !yield(run) {
				return
			}
		}
	}
}
