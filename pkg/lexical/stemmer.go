package lexical

import (
	"strings"

	"github.com/blevesearch/snowballstem"
)

// rememberedWords is how many words a Stemmer remembers, which takes some four
// megabytes. The commonest 32,000 words of a language are 97 % of its text.
const rememberedWords = 1 << 15

// Stemmer gives the stems of many texts in one language. It remembers the words
// that it has met, which makes it several times as fast as Stems. It is not safe
// for concurrent use.
type Stemmer struct {
	lang  string
	env   *snowballstem.Env
	stems map[string]string // word → stem; "" for a stop word
}

// NewStemmer returns a Stemmer for a language.
func NewStemmer(lang string) *Stemmer {
	return &Stemmer{lang: lang, env: snowballstem.NewEnv(""), stems: map[string]string{}}
}

// Stems returns what the function Stems returns for text in the stemmer's
// language.
func (s *Stemmer) Stems(text string) []string {
	tokens := Tokens(text)
	stems := make([]string, 0, len(tokens))
	for _, token := range tokens {
		stem, known := s.stems[token.Text]
		if !known {
			stem = s.remember(token.Text)
		}
		if stem != "" {
			stems = append(stems, stem)
		}
	}
	return stems
}

// remember finds out the stem of a word and keeps it. What is remembered is
// dropped as a whole when it is too much: the common words are soon back.
func (s *Stemmer) remember(word string) string {
	if len(s.stems) >= rememberedWords {
		clear(s.stems)
	}
	stem := ""
	if whole := unelided(word, s.lang); !IsStopWord(whole, s.lang) {
		stem = strings.Clone(stemWith(s.env, whole, s.lang))
	}
	s.stems[strings.Clone(word)] = stem // not a part of the text, which may be large
	return stem
}
