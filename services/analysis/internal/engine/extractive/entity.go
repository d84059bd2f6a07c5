package extractive

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// entity is one of the things that a question compares.
type entity struct {
	name  string // as the question writes it
	stems []string
}

// list is two things or more as a question joins them, in the languages whose patterns
// use it.
const list = `(.+)`

// comparisons are the ways to ask for a comparison; the group holds the things. The more
// exact come first.
var comparisons = []*regexp.Regexp{
	// English
	regexp.MustCompile(`(?i)\b(?:differences?|distinctions?|similarities|comparison|choice|choose|trade-?offs?)(?: and \w+)? (?:between|of|among) ` + list),
	regexp.MustCompile(`(?i)\b(?:compare|contrast|comparing)(?: and contrast)? ` + list),
	regexp.MustCompile(`(?i)\bhow (?:do|does|did|is|are) (.+? (?:differs?|different) from .+)`),
	regexp.MustCompile(`(?i)^(?:is|are|was|were|do|does|did) (.+? (?:\w+er|more \w+|less \w+) than .+)`),
	// German, Dutch
	regexp.MustCompile(`(?i)\b(?:unterschiede?n?|vergleich|gemeinsamkeiten|verschil)(?: \w+)? (?:zwischen|von|tussen) ` + list),
	regexp.MustCompile(`(?i)\b(?:vergleiche|vergleichen sie|worin unterscheiden sich|vergelijk) ` + list),
	// Romance languages
	regexp.MustCompile(`(?i)\b(?:diferencias?|différences?|differenz[ae]|diferenças?|comparaci[óo]n|comparaison|confronto|comparação)(?: \p{L}+)? (?:entre|tra|fra|de|di) ` + list),
	regexp.MustCompile(`(?i)(?:^|[¿\s])(?:compara|comparar|comparez|comparer|confronta|compare) ` + list),
	// Russian
	regexp.MustCompile(`(?i)(?:разниц\p{L}|различи\p{L}+|отличи\p{L}+|сравнени\p{L}) (?:между )?` + list),
	regexp.MustCompile(`(?i)(?:сравни|сравните|чем) (.+?(?: отлича\p{L}+ от | и | с ).+)`),
	// Arabic, Turkish, Hindi
	regexp.MustCompile(`(?:الفرق بين|الفروق بين|مقارنة بين|قارن بين|الاختلاف بين) ` + list),
	regexp.MustCompile(`(?i)(.+ (?:ile|ve) .+?) (?:arasında|karşılaştır)`),
	regexp.MustCompile(`(.+ और .+?) (?:में|के बीच) (?:क्या )?(?:अंतर|फर्क|तुलना)`),
	// Chinese, Japanese, Korean
	regexp.MustCompile(`(?:比较|对比|比較)(?:一下)?(.+?[和与跟、及].+?)(?:的|在|$|[？?。，,])`),
	regexp.MustCompile(`^(?:请问)?(.+?[和与跟及、].+?)(?:之间)?(?:的|有什么|有何|有哪些|哪个)(?:主要|什么)?(?:区别|差异|不同|异同|比较|对比|更|优缺点|好)`),
	regexp.MustCompile(`^(.+?[与和]?.+?)(?:相比|还是|哪个)`),
	regexp.MustCompile(`^(.+?と.+?)(?:の|を|は)(?:違い|比較|比べ|どう違)`),
	regexp.MustCompile(`^(.+?[와과] .+?)의 (?:차이|비교)`),
	// In any language that borrows it
	regexp.MustCompile(`(?i)(.+?\s(?:vs\.?|versus|oder|gegenüber|frente a|compared (?:to|with)|or|ou|или)\s.+)`),
}

// separators part the things of a list.
var separators = regexp.MustCompile(`(?i)\s*(?:,|;|、|，)\s*(?:(?:and|und|or|oder|y|e|et|и|o|ou) )?|\s+(?:and|und|or|oder|vs\.?|versus|with|to|from|against|y|e|et|o|ou|и|или|с|mit|con|avec|à|frente a|gegenüber|compared (?:to|with)|differs? from|(?:is |are )?different from|(?:\w+er|more \w+|less \w+) than|отлича\p{L}+ от|ile|ve|en|और|tra)\s+|\s+و\s?|[和与跟及]|还是|と|[와과] `)

// tails end a list: what follows says by what to compare, or for what.
var tails = regexp.MustCompile(`(?i)\s+(?:in terms of|with respect to|with regard to|regarding|concerning|in regard|according to|based on|as regards|for|in|on|when|at|by|as|over|during|under|are|is|do|does|which|what|who|hinsichtlich|bezüglich|in bezug auf|für|bei|beim|sind|en términos de|respecto a|en cuanto a|para|en termes de|concernant|pour|dans|en|для|по|при|в|من حيث|için)\s.*$|[?？؟.!。:：].*$`)

// leads stand before a thing and are no part of it.
var leads = regexp.MustCompile(`(?i)^(?:(?:(?:what|which|who) (?:is|are|was|were)(?: (?:better|best|worse|faster|cheaper|safer|more \w+|the better \w+|bigger|larger|older)\b[,:]?)?|was ist besser[,:]?|qué es mejor[,:]?|quel est le meilleur[,:]?|что лучше[,:]?|is|are|does|should (?:I|we) (?:use|choose|take)|the|a|an|der|die|das|den|dem|ein|eine|einem|einer|el|la|los|las|un|una|le|les|une|il|lo|um|uma|both|either|и)\s+|l['’]|请问?|一下)`)

// comparedIn returns the things that a question compares, two at least, and what is left
// of the question: by what, and for what.
func comparedIn(text string, read *reader) (things []entity, rest string) {
	text = strings.ReplaceAll(plainSpace(text), " vs. ", " vs ")
	for _, form := range comparisons {
		m := form.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		inner := withoutLead(group(text, m, 1))
		tail := tails.FindString(inner)
		if things = entitiesOf(strings.TrimSuffix(inner, tail), read); len(things) > 1 {
			return things, text[:m[0]] + " " + tail + " " + text[m[1]:]
		}
	}
	return namedIn(text, read)
}

// entitiesOf cuts a list.
func entitiesOf(text string, read *reader) []entity {
	var things []entity
	for _, part := range separators.Split(text, -1) {
		e := newEntity(withoutLead(strings.Trim(part, " \"'“”«»?？؟!.,:")), read)
		known := func(o entity) bool { return slices.Equal(o.stems, e.stems) }
		if len(e.stems) > 0 && len(e.stems) <= maxEntity && !slices.ContainsFunc(things, known) {
			things = append(things, e)
		}
	}
	return things
}

// withoutLead drops what stands before a thing.
func withoutLead(text string) string {
	for before := ""; before != text; {
		before, text = text, leads.ReplaceAllString(text, "")
	}
	return text
}

// maxEntity is how many content words the name of a thing has at most; a pair of Chinese
// characters is one.
const maxEntity = 7

// newEntity reads a name. Words that all stand for function words are kept: "Go" is a
// name.
func newEntity(name string, read *reader) entity {
	e := entity{name: name}
	words := read.words(name)
	for _, w := range words {
		if (!w.stop || len(words) == 1) && !slices.Contains(e.stems, w.stem) {
			e.stems = append(e.stems, w.stem)
		}
	}
	return e
}

// namedIn returns the names that a question lists without saying how it compares them:
// "What do Ada Lovelace, Charles Babbage and Alan Turing have in common?"
func namedIn(text string, read *reader) (things []entity, rest string) {
	if base(read.language) == "de" { // German writes all nouns so
		return nil, text
	}
	end := -1
	for _, run := range nameRuns(text, read) {
		e := newEntity(text[run.start:run.end], read)
		joined := end >= 0 && between.MatchString(text[end:run.start])
		if !joined && len(things) > 1 {
			break
		}
		if !joined {
			things = nil
		}
		if !slices.ContainsFunc(things, func(o entity) bool { return slices.Equal(o.stems, e.stems) }) {
			things = append(things, e)
		}
		end = run.end
	}
	if len(things) < 2 {
		return nil, text
	}
	rest = text
	for _, e := range things {
		rest = strings.Replace(rest, e.name, "", 1)
	}
	return things, rest
}

// between is what stands between two names of a list.
var between = regexp.MustCompile(`(?i)^\s*(?:,|&|/|(?:,\s*)?(?:and|or|und|oder|y|o|et|ou|e|и|или))\s*$`)

// nameRuns are the runs of words with capitals that do not begin a sentence.
func nameRuns(text string, read *reader) []span {
	var runs []span
	for _, w := range read.words(text) {
		before := strings.TrimRightFunc(text[:w.start], unicode.IsSpace)
		if !w.capital || w.stop || before == "" || strings.ContainsRune(".?!:", rune(before[len(before)-1])) {
			continue
		}
		if n := len(runs); n > 0 && strings.TrimFunc(text[runs[n-1].end:w.start], unicode.IsSpace) == "" {
			runs[n-1].end = w.end
			continue
		}
		runs = append(runs, span{w.start, w.end})
	}
	return runs
}

// mention returns where a sentence first names the thing, -1 if it does not: all of its
// words, or of a name of several words one that no other thing has.
func (e entity) mention(words []word, others []entity) int {
	first := -1
	held := map[string]bool{}
	for i, w := range words {
		if slices.Contains(e.stems, w.stem) {
			held[w.stem] = true
			if first < 0 {
				first = i
			}
		}
	}
	if len(held) == len(e.stems) {
		return first
	}
	for stem := range held {
		own := !slices.ContainsFunc(others, func(o entity) bool { return o.name != e.name && slices.Contains(o.stems, stem) })
		if own && len(held)*2 >= len(e.stems) && !isUnspaced(stem) {
			return first
		}
	}
	return -1
}
