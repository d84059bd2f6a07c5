package rank

import "math"

// authorityOf returns what a kind of source speaks for it, before citations and
// notices: what was reviewed by peers stands above what editors checked, and that
// above what anybody may write. Kinds are those of connector.Item.
func authorityOf(kind string) float64 {
	switch kind {
	case "review":
		return 0.85
	case "article", "proceedings":
		return 0.80
	case "book", "chapter":
		return 0.70
	case "report", "thesis", "dataset":
		return 0.60
	case "preprint":
		return preprintAuthority
	case "document":
		return libraryAuthority
	case "encyclopedia":
		return 0.50
	case "news":
		return 0.40
	case "page":
		return 0.30
	case "post":
		return 0.25
	}
	return 0.20
}

const (
	preprintAuthority = 0.55
	// libraryAuthority is the least that a document of the library has: its users
	// chose it.
	libraryAuthority = 0.55
	// citedGain is the share of what is missing to 1 that manyCitations add.
	citedGain     = 0.8
	manyCitations = 1000
	// What is left of authority after a correction, an expression of concern, and
	// when no more than a search engine's snippet was read.
	correctedShare = 0.95
	concernShare   = 0.40
	snippetShare   = 0.60
)

// authority returns how much a source's kind, citations and notices speak for it.
func authority(s Source) float64 {
	if s.Retracted {
		return 0
	}
	a := authorityOf(s.Kind)
	if s.Library {
		a = max(a, libraryAuthority)
	}
	if s.Preprint {
		a = min(a, preprintAuthority)
	}
	// Citations spread over orders of magnitude, so their logarithm counts.
	cited := clamp(math.Log1p(float64(max(s.Citations, 0))) / math.Log1p(manyCitations))
	a += (1 - a) * citedGain * cited
	if s.Corrected {
		a *= correctedShare
	}
	if s.Concern {
		a *= concernShare
	}
	if s.Snippet {
		a *= snippetShare
	}
	return clamp(a)
}
