package extractive

import "strings"

// relations are the words by which a question asks something of its subject
// without saying what about: in "How are tables represented?" the subject is
// tables, and a sentence on ducks that represent something answers nothing.
// They count little and never alone (see question.topics). By language, since
// the same letters can be a subject elsewhere; only verbs and nouns that stand
// in questions on any subject are in the lists.
func relations(language string) string {
	switch language {
	case "en":
		return `represent use work make show mean define describe explain affect cause happen keep
			get take give become consist contain include call name know known exist occur serve help
			need handle perform provide relate influence play look see say go come find found
			important main kind type sort role purpose reason difference example effect way`
	case "de":
		return `darstellen dargestellt benutzen verwenden nutzen funktionieren arbeiten machen gemacht
			zeigen bedeuten definieren beschreiben erklären beeinflussen verursachen bewirken passieren
			geschehen heißen nennen genannt geben gibt bekannt bestehen besteht enthalten gehören
			spielen finden gefunden wichtig art rolle zweck grund unterschied beispiel`
	case "es":
		return `representar representa usar usa utilizar utiliza funcionar funciona hacer hace mostrar
			muestra significar significa definir define describir describe explicar explica afectar
			afecta causar causa llamar llama conocer conocido tipo papel función razón diferencia ejemplo`
	case "fr":
		return `représenter utiliser fonctionner faire fait montrer signifier signifie définir décrire
			expliquer affecter causer appeler appelle connu type rôle raison différence exemple`
	}
	return ""
}

// relationStems returns the stems of a language's relations.
func relationStems(read *reader) map[string]bool {
	stems := map[string]bool{}
	for _, w := range read.words(relations(read.language)) {
		stems[w.stem] = true
	}
	return stems
}

// asksDegree and degree are the two words of "how deep": asked so, the second
// stands for a measure, and the answer rather says "a depth of".
var (
	asksDegree = map[string]bool{"how": true, "wie": true}
	degree     = map[string]bool{
		"long": true, "large": true, "big": true, "fast": true, "far": true, "old": true, "deep": true,
		"tall": true, "high": true, "wide": true, "heavy": true, "hot": true, "often": true,
		"lang": true, "groß": true, "schnell": true, "weit": true, "alt": true, "tief": true,
		"hoch": true, "breit": true, "schwer": true, "oft": true,
	}
)

// nominals are the nouns of English relations and degrees, by the stem, where the
// stemmer does not bring the two together: prose that answers "How is X
// represented?" may speak of its representation only.
var nominals = map[string]string{
	"repres": "representation", "defin": "definition", "describ": "description",
	"explain": "explanation", "long": "length", "deep": "depth", "high": "height",
	"tall": "height", "wide": "width", "old": "age", "fast": "speed", "far": "distance",
	"heavi": "weight", "hot": "temperature", "larg": "size", "big": "size", "often": "frequency",
}

// derived are what is left of English endings after the stemmer: it takes
// "represents" to "repres", but "representation" to "represent".
var derived = map[string]bool{"at": true, "ent": true, "or": true, "er": true, "anc": true, "enc": true}

// minKin is the shortest stem to which a derived ending may be added. Shorter
// ones meet unrelated words: "form" and "format".
const minKin = 5

// kin reports whether two English stems are of one word, one derived from the
// other: "process" and "processor".
func kin(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, ok := strings.CutPrefix(b, a)
	return ok && len(a) >= minKin && derived[rest]
}
