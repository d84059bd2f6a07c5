package extractive

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// languageOf returns the language of a request: the question's, if it is given or can be
// told; else what most of the evidence and the question seem to be written in, and
// English where that cannot be told. Stems compare only within one language.
func languageOf(q engine.Question, evidence []engine.Evidence) string {
	if language := cmp.Or(q.Language, lexical.Detect(q.Text), openerLanguage(q.Text)); language != "" {
		return language
	}
	if language := majority(evidence); language != "" {
		return language
	}
	var sample strings.Builder
	sample.WriteString(q.Text)
	for _, e := range evidence[:min(len(evidence), maxSample)] {
		sample.WriteString("\n" + e.Text)
	}
	return cmp.Or(lexical.Detect(sample.String()), "en")
}

// maxSample is how many passages are looked at to tell the language.
const maxSample = 8

// majority returns the language that most of the evidence says it is in.
func majority(evidence []engine.Evidence) string {
	votes, best := map[string]int{}, ""
	for _, e := range evidence {
		if e.Language != "" {
			votes[e.Language] += len(e.Text)
		}
	}
	for language, n := range votes {
		if n > votes[best] || (n == votes[best] && language < best) {
			best = language
		}
	}
	return best
}

// openerLanguage tells the language of a question that is too short to be told by its
// stop words, by the word it begins with.
func openerLanguage(text string) string {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(text, "¿¡\"“«„ ")), " ")
	return openers[strings.TrimRight(first, "?,.!:")]
}

// openers are words that questions and requests of one language begin with, and of no
// other.
var openers = openerTable(map[string]string{
	"en": "what when where which who whom whose why how does did is are can could should would compare explain describe summarize summarise",
	"de": "wann warum wieso weshalb welche welcher welches wer wem wen wie wo woher wohin ist sind gibt kann erkläre vergleiche beschreibe",
	"es": "qué cuál cuáles cuándo cuánto cuánta cuántos cuántas cómo dónde quién quiénes es son compara explica",
	"fr": "quel quelle quels quelles quand pourquoi comment où combien est-ce qu'est-ce compare comparez expliquez",
	"it": "perché quando quale quali cosa dove quanto quanti chi confronta spiega",
	"pt": "quais quem onde quantos quantas porquê compare explique",
	"nl": "wat waarom wanneer waar hoe welke wie",
	"tr": "ne neden niçin nasıl nerede hangi kim kaç",
	"pl": "jak dlaczego kiedy gdzie kto jaki jaka jakie czy",
})

// openerTable turns the lists around; a word of two languages tells neither.
func openerTable(lists map[string]string) map[string]string {
	table := map[string]string{}
	for language, list := range lists {
		for w := range strings.FieldsSeq(list) {
			if _, shared := table[w]; shared {
				table[w] = ""
				continue
			}
			table[w] = language
		}
	}
	return table
}

// inLanguage parts the evidence into what is in a language, or may be, and the rest.
func inLanguage(evidence []engine.Evidence, language string) (same, other []engine.Evidence) {
	for _, e := range evidence {
		if own := cmp.Or(e.Language, lexical.Detect(e.Text)); own == "" || base(own) == base(language) {
			same = append(same, e)
			continue
		}
		other = append(other, e)
	}
	return same, other
}

// base returns a language code without its region.
func base(language string) string {
	code, _, _ := strings.Cut(language, "-")
	return code
}

// scripts are the scripts of languages that are not written in Latin letters.
var scripts = map[string][]*unicode.RangeTable{
	"zh": {unicode.Han}, "ja": {unicode.Han, unicode.Hiragana, unicode.Katakana}, "ko": {unicode.Hangul, unicode.Han},
	"ru": {unicode.Cyrillic}, "uk": {unicode.Cyrillic}, "bg": {unicode.Cyrillic}, "sr": {unicode.Cyrillic, unicode.Latin},
	"be": {unicode.Cyrillic}, "mk": {unicode.Cyrillic}, "kk": {unicode.Cyrillic}, "ar": {unicode.Arabic}, "fa": {unicode.Arabic}, "ur": {unicode.Arabic},
	"he": {unicode.Hebrew}, "el": {unicode.Greek}, "th": {unicode.Thai}, "hi": {unicode.Devanagari},
	"mr": {unicode.Devanagari}, "ne": {unicode.Devanagari}, "bn": {unicode.Bengali}, "ta": {unicode.Tamil},
	"te": {unicode.Telugu}, "ka": {unicode.Georgian}, "hy": {unicode.Armenian},
}

// mayBe reports whether a sentence can be in a language, by its letters: sources quote
// other languages. A character of an unspaced script says as much as three letters.
func mayBe(text, language string) bool {
	tables := scripts[base(language)]
	if tables == nil {
		tables = []*unicode.RangeTable{unicode.Latin}
	}
	own, foreign := 0, 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		weight := 1
		if r > 0x0E00 {
			weight = 3
		}
		if unicode.In(r, tables...) {
			own += weight
		} else {
			foreign += weight
		}
	}
	return own >= foreign
}

// label is a heading in the language of the answer, English where there is none.
func label(labels map[string]string, language string) string {
	return cmp.Or(labels[base(language)], labels["en"])
}

// further heads findings that share nothing with the others or one another.
var further = map[string]string{
	"en": "Further findings", "de": "Weitere Ergebnisse", "es": "Otros resultados", "fr": "Autres résultats",
	"it": "Altri risultati", "pt": "Outros resultados", "nl": "Overige bevindingen", "ru": "Другие результаты",
	"uk": "Інші результати", "pl": "Inne wyniki", "tr": "Diğer bulgular", "ar": "نتائج أخرى", "hi": "अन्य निष्कर्ष",
	"zh": "其他发现", "ja": "その他の知見", "ko": "기타 결과",
}

// openQuestions heads what nobody knows yet.
var openQuestions = map[string]string{
	"en": "Open questions", "de": "Offene Fragen", "es": "Preguntas abiertas", "fr": "Questions ouvertes",
	"it": "Domande aperte", "pt": "Questões em aberto", "nl": "Open vragen", "ru": "Открытые вопросы",
	"uk": "Відкриті питання", "pl": "Otwarte pytania", "tr": "Açık sorular", "ar": "أسئلة مفتوحة", "hi": "खुले प्रश्न",
	"zh": "尚待研究的问题", "ja": "未解決の課題", "ko": "남은 과제",
}

// inGeneral heads what a comparison says of one thing only.
var inGeneral = map[string]string{
	"en": "In general", "de": "Allgemeines", "es": "En general", "fr": "En général", "it": "In generale", "pt": "Em geral",
	"nl": "Algemeen", "ru": "В целом", "uk": "Загалом", "pl": "Ogólnie", "tr": "Genel olarak", "ar": "عموما", "hi": "सामान्यतः",
	"zh": "总体情况", "ja": "全般", "ko": "전반",
}

// withLanguage gives each passage the language that it seems to be in.
func withLanguage(evidence []engine.Evidence) []engine.Evidence {
	out := slices.Clone(evidence)
	for i := range out {
		out[i].Language = cmp.Or(out[i].Language, lexical.Detect(out[i].Text))
	}
	return out
}
