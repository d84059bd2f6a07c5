package extractive

import (
	"cmp"
	"slices"
	"strings"
)

// maxThemes bounds the sections of a report.
const maxThemes = 5

// theme is a group of picks, by index, under the phrase that they share.
type theme struct {
	label   string
	members []int
	shared  bool // its findings are on several things compared
}

// themes groups the picks. A theme is a key phrase that two findings or more
// share and that is not simply the question again; they are chosen greedily by
// what they cover. What is left joins the theme it is most like. Findings that
// give fewer than two themes are one group without a label: a heading that
// parts nothing from nothing only looks like a theme.
func (p *pool) themes(q question, picks []pick) []theme {
	if len(picks) == 0 {
		return nil
	}
	named, taken := p.namedThemes(q, picks)
	named, rest := placeRest(picks, named, taken)
	if len(named) < 2 {
		all := make([]int, len(picks))
		for i := range all {
			all[i] = i
		}
		return []theme{{members: all}}
	}
	for i := range named {
		slices.Sort(named[i].members) // picks are in order of salience
	}
	slices.SortStableFunc(named, func(a, b theme) int { return cmp.Compare(a.members[0], b.members[0]) })
	if len(rest) > 0 {
		named = append(named, theme{label: p.restLabel(q, picks, rest, named), members: rest})
	}
	return named
}

// namedThemes chooses the themes, and says which picks they took.
func (p *pool) namedThemes(q question, picks []pick) (themes []theme, taken []bool) {
	shared := p.sharedPhrases(q, picks)
	taken = make([]bool, len(picks))
	for len(themes) < maxThemes {
		best, bestGain, bestMembers := -1, 0.0, []int(nil)
		for i, s := range shared {
			members := slices.DeleteFunc(slices.Clone(s.members), func(m int) bool { return taken[m] })
			if len(members) < 2 {
				continue
			}
			if gain := s.score * float64(len(members)); gain > bestGain {
				best, bestGain, bestMembers = i, gain, members
			}
		}
		if best < 0 {
			break
		}
		for _, m := range bestMembers {
			taken[m] = true
		}
		themes = append(themes, theme{label: shared[best].label(), members: bestMembers})
	}
	return themes, taken
}

// sharedPhrase is a phrase and the picks that hold it.
type sharedPhrase struct {
	phrase
	members []int
}

// sharedPhrases returns the phrases that could name a theme.
func (p *pool) sharedPhrases(q question, picks []pick) []sharedPhrase {
	found := map[string]*sharedPhrase{}
	var order []string
	for i, c := range picks {
		for _, ph := range p.names(c.candidate) {
			key := strings.Join(ph.stems, " ")
			if found[key] == nil {
				ph.score = p.nameScore(ph)
				found[key] = &sharedPhrase{phrase: ph}
				order = append(order, key)
			}
			if s := found[key]; !slices.Contains(s.members, i) {
				s.members = append(s.members, i)
			}
		}
	}
	var shared []sharedPhrase
	for _, key := range order {
		s := *found[key]
		everywhere := len(picks) > 4 && len(s.members)*10 > len(picks)*7
		if len(s.members) < 2 || everywhere || s.weak(len(picks)) || (q.covers(s.phrase) && !q.isOneOf(s.phrase)) {
			continue
		}
		if !isUnspaced(s.text) || p.standsAlone(s.text) {
			shared = append(shared, s)
		}
	}
	return shared
}

// nameScore prefers phrases of two words or three, and rare words.
func (p *pool) nameScore(ph phrase) float64 {
	sum := 0.0
	for _, stem := range ph.stems {
		sum += p.idf(stem)
	}
	more := float64(min(len(ph.stems)-1, 2))
	return sum / float64(len(ph.stems)) * (1 + 0.35*more)
}

// covers reports whether the phrase says nothing that the question did not.
func (q question) covers(ph phrase) bool {
	for _, stem := range ph.stems {
		if !slices.Contains(q.terms, stem) {
			return false
		}
	}
	return true
}

// isOneOf reports whether a phrase is one of several names in the question, so that it
// parts the findings.
func (q question) isOneOf(ph phrase) bool {
	capitals := 0
	for _, w := range q.words {
		if w.capital && w.start > 0 {
			capitals++
		}
	}
	return ph.name && 2*len(ph.stems) <= capitals
}

// placeRest puts each pick that no theme took into the theme it is most like,
// and returns those that are like none.
func placeRest(picks []pick, themes []theme, taken []bool) (placed []theme, rest []int) {
	for i, c := range picks {
		if taken[i] {
			continue
		}
		best, nearest := -1, minKinship
		for t := range themes {
			for _, m := range themes[t].members {
				if similarity := cosine(c.vector, picks[m].vector); similarity > nearest {
					best, nearest = t, similarity
				}
			}
		}
		if best < 0 {
			rest = append(rest, i)
			continue
		}
		themes[best].members = append(themes[best].members, i)
	}
	return themes, rest
}

// minKinship is the cosine above which a finding may join a theme whose phrase
// it does not hold.
const minKinship = 0.12

// restLabel names what no theme took, which stands last: one finding by its best
// phrase, several as what they are.
func (p *pool) restLabel(q question, picks []pick, rest []int, themes []theme) string {
	if len(rest) > 1 {
		return label(further, p.language)
	}
	var best phrase
	for _, ph := range p.names(picks[rest[0]].candidate) {
		if ph.score = p.nameScore(ph); len(ph.stems) > 1 && !isUnspaced(ph.text) && ph.score > best.score && !q.covers(ph) {
			best = ph
		}
	}
	used := func(t theme) bool { return t.label == best.label() }
	if best.text == "" || slices.ContainsFunc(themes, used) {
		return label(further, p.language)
	}
	return best.label()
}
