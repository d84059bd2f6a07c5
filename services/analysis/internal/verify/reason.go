package verify

// leastNames is the share of the claim's names without which it is never supported,
// and leastWords that of its words below which words are said to be missing.
const (
	leastNames = 0.5
	leastWords = 0.7
)

// reasons lists what is wrong, the gravest first.
func (f features) reasons() []Reason {
	var reasons []Reason
	note := func(wrong bool, why Reason) {
		if wrong {
			reasons = append(reasons, why)
		}
	}
	note(f.numberClash, NumberDiffers)
	note(f.numbers < 1 && !f.numberClash, NumberMissing)
	note(f.denial && f.sentence >= sameForNumber, NegationDiffers)
	note(f.opposite && f.sentence >= sameForOpposite, OppositeWord)
	note(f.names <= leastNames, NameMissing)
	note(f.window < leastWords, WordsMissing)
	return reasons
}

// Sentence says a reason to a reader, in English.
func (r Reason) Sentence() string {
	switch r {
	case NumberDiffers:
		return "The cited text gives another number."
	case NumberMissing:
		return "A number of the claim is not in the cited text."
	case NegationDiffers:
		return "One of the two denies what the other says."
	case OppositeWord:
		return "The cited text says the opposite of a word of the claim."
	case NameMissing:
		return "A name of the claim is not in the cited text."
	case WordsMissing:
		return "Important words of the claim are not in the cited text."
	case NothingToCheck:
		return "There is nothing in the cited text, or in the claim, to compare."
	}
	return ""
}
