// Package verify checks what engines claim against what sources say, without a
// model: the same input always gives the same verdict.
//
// There are three questions. Locate answers the first: does the quote stand in the
// snapshot, and where? Check answers the second: does the quoted text carry the
// claim? Select answers the third: which sentences of a text bear on a claim? The
// first is a matter of fact; the others are estimates, whose method and measured
// quality are documented there.
package verify

// Support is how a cited text bears on a claim.
type Support string

// The kinds of support.
const (
	// Supported: the text says what the claim says.
	Supported Support = "SUPPORTED"
	// Partial: the text says a part of it, or says it so differently that words
	// alone cannot tell. A model may decide.
	Partial Support = "PARTIAL"
	// Unsupported: the text does not say it.
	Unsupported Support = "UNSUPPORTED"
	// Contradicted: the text speaks of the same thing and gives another number,
	// or denies what the claim says.
	Contradicted Support = "CONTRADICTED"
)

// Reason is why a verdict is not better than it is.
type Reason string

// The reasons.
const (
	// WordsMissing: content words of the claim are not in the text.
	WordsMissing Reason = "WORDS_MISSING"
	// NumberMissing: a number of the claim is not in the text.
	NumberMissing Reason = "NUMBER_MISSING"
	// NumberDiffers: the text gives another number for the same thing.
	NumberDiffers Reason = "NUMBER_DIFFERS"
	// NameMissing: a name of the claim is not in the text.
	NameMissing Reason = "NAME_MISSING"
	// NegationDiffers: one of the two denies what the other says.
	NegationDiffers Reason = "NEGATION_DIFFERS"
	// OppositeWord: the text has the opposite of a word of the claim.
	OppositeWord Reason = "OPPOSITE_WORD"
	// NothingToCheck: the claim or the text holds no content word.
	NothingToCheck Reason = "NOTHING_TO_CHECK"
)

// Verdict is the outcome of a check.
type Verdict struct {
	Support Support
	// Score is the estimated probability that a careful reader would call the
	// claim supported, 0 to 1.
	Score float64
	// Reasons are in the order of their weight; a supported claim may have some.
	Reasons []Reason
}
