package lexical_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// words returns the normalised words of text.
func words(text string) []string {
	var out []string
	for _, token := range lexical.Tokens(text) {
		out = append(out, token.Text)
	}
	return out
}

func TestTokens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"case is folded":                    {"The Cat SAT", []string{"the", "cat", "sat"}},
		"hyphens part words":                {"COVID-19 long-term", []string{"covid", "19", "long", "term"}},
		"apostrophes join letters":          {"don't Rob’s 'quoted'", []string{"don't", "rob's", "quoted"}},
		"decimals are one word":             {"3.5 mg, 1.2.3.", []string{"3.5", "mg", "1.2.3"}},
		"thousands lose their commas":       {"1,000 and 12,345,678.9", []string{"1000", "and", "12345678.9"}},
		"other commas between digits stay":  {"3,5 and 1,2,3", []string{"3,5", "and", "1,2,3"}},
		"ligatures and wide letters unfold": {"ﬁnd ＡＢＣ １２", []string{"find", "abc", "12"}},
		"accents stay":                      {"Müller Cafe\u0301", []string{"müller", "café"}},
		"soft hyphens vanish":               {"Donau\u00addampf", []string{"donaudampf"}},
		"addresses fall apart":              {"https://a.example/x_y", []string{"https", "a", "example", "x", "y"}},
		"Chinese gives pairs":               {"今天下雨", []string{"今天", "天下", "下雨"}},
		"a single character stays single":   {"我 a", []string{"我", "a"}},
		"Japanese gives pairs":              {"データベース", []string{"デー", "ータ", "タベ", "ベー", "ース"}},
		"scripts part words":                {"Go言語", []string{"go", "言語"}},
		"signs alone are no words":          {"-- ... !? ©", nil},
		"broken bytes are skipped":          {"a\xffb", []string{"a", "b"}},
		"nothing":                           {"", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, words(tc.text))
		})
	}
}

func TestTokens_OffsetsPointAtTheWordAsWritten(t *testing.T) {
	t.Parallel()
	text := "Die Größe: ﬁnd 1,000 “Don’t” 今天下"
	var written []string
	for _, token := range lexical.Tokens(text) {
		written = append(written, text[token.Start:token.End])
	}
	require.Equal(t, []string{"Die", "Größe", "ﬁnd", "1,000", "Don’t", "今天", "天下"}, written)
}

func TestStem(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lang string
		same []string // words that must share one stem
		not  string   // a word that must not
	}{
		"English":         {"en", []string{"connect", "connected", "connecting", "connections"}, "contact"},
		"German":          {"de", []string{"häuser", "haus", "hauses"}, "hase"},
		"French":          {"fr", []string{"continuellement", "continuelle", "continuel"}, "contenu"},
		"French elision":  {"fr", []string{"l'homme", "homme", "d'hommes"}, "dame"},
		"Spanish accents": {"es", []string{"canción", "cancion", "canciones"}, "cancha"},
		"Russian":         {"ru", []string{"книга", "книги", "книгой"}, "кнут"},
		"Russian ё":       {"ru", []string{"ёлка", "елка"}, "ель"},
		"Arabic":          {"ar", []string{"الكتاب", "كتاب"}, "مكتب"},
		"no stemmer":      {"xx", []string{"café", "cafe"}, "cafes"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := lexical.Stem(tc.same[0], tc.lang)
			require.NotEmpty(t, want)
			for _, word := range tc.same {
				require.Equal(t, want, lexical.Stem(word, tc.lang), word)
			}
			require.NotEqual(t, want, lexical.Stem(tc.not, tc.lang))
		})
	}
}

func TestStems_LeaveOutStopWordsAndRepeatTheRest(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"cat", "cat", "sat"}, lexical.Stems("The cats and the cat, they SAT.", "en"))
	require.Equal(t, []string{"homm", "arriv"}, lexical.Stems("L’homme qui arrive", "fr"))
	require.Equal(t, []string{"the", "cats"}, lexical.Stems("the cats", ""), "an unknown language keeps every word")
}

func TestIsStopWord(t *testing.T) {
	t.Parallel()
	for lang, word := range map[string]string{
		"en": "the", "de": "über", "fr": "été", "es": "también", "it": "perché",
		"pt": "não", "nl": "het", "sv": "också", "da": "også", "no": "ikke", "fi": "että", "hu": "vagy", "ro": "și",
		"tr": "için", "ru": "ещё", "ar": "على", "pl": "się", "cs": "že", "sk": "alebo", "hr": "koji", "sl": "kjer",
		"id": "yang", "ca": "amb", "et": "ning", "lt": "kuri", "lv": "kas", "vi": "được", "el": "και", "uk": "який",
		"bg": "което", "hi": "और", "he": "של", "fa": "که",
	} {
		require.True(t, lexical.IsStopWord(word, lang), "%s in %s", word, lang)
		require.False(t, lexical.IsStopWord("insulin", lang))
		require.False(t, lexical.IsStopWord(word, "xx"))
	}
	require.False(t, lexical.IsStopWord("us", "en"), "it may be the country")
}

func TestDetect(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"The committee decided that it would not publish the report before the end of the year.":                   "en",
		"Die Kommission hat entschieden, dass der Bericht nicht vor dem Ende des Jahres erscheint.":                "de",
		"La commission a décidé que le rapport ne sera pas publié avant la fin de l'année.":                        "fr",
		"La comisión decidió que el informe no se publicará antes de que termine el año.":                          "es",
		"La commissione ha deciso che il rapporto non sarà pubblicato prima della fine dell'anno.":                 "it",
		"A comissão decidiu que o relatório não será publicado antes do fim do ano.":                               "pt",
		"De commissie heeft besloten dat het verslag niet voor het einde van het jaar verschijnt.":                 "nl",
		"Kommissionen har beslutat att rapporten inte ska publiceras före slutet av året.":                         "sv",
		"Комиссия решила, что отчёт не будет опубликован до конца года.":                                           "ru",
		"Комісія вирішила, що звіт не буде опубліковано до кінця року.":                                            "uk",
		"قررت اللجنة عدم نشر التقرير قبل نهاية العام.":                                                             "ar",
		"委员会决定不在年底之前发表报告。":                                                                                         "zh",
		"委員会は年末までに報告書を公表しないことを決めた。":                                                                                "ja",
		"위원회는 연말 이전에 보고서를 발표하지 않기로 했다.":                                                                            "ko",
		"Η επιτροπή αποφάσισε να μη δημοσιεύσει την έκθεση.":                                                       "el",
		"Ủy ban đã quyết định không công bố báo cáo trước cuối năm.":                                               "vi",
		"Comitetul a decis că raportul nu va fi publicat înainte de sfârșitul anului, după cum se știe.":           "ro",
		"Komisja zdecydowała, że raport nie zostanie opublikowany przed końcem roku, ale to się może zmienić.":     "pl",
		"Komise rozhodla, že zpráva nebude zveřejněna před koncem roku, protože ještě není hotová.":                "cs",
		"Komisi memutuskan bahwa laporan itu tidak akan diterbitkan sebelum akhir tahun dan untuk itu ada alasan.": "id",
		"Komisyon raporun yıl sonundan önce yayınlanmaması için bir karar aldı ve bu çok önemli.":                  "tr",
		"Комисията реши докладът да не бъде публикуван преди края на годината.":                                    "bg",
		"Комисия решила, что объект не будет закрыт, и было бы странно это менять.":                                "ru",
		"کمیسیون تصمیم گرفت که گزارش پیش از پایان سال منتشر نشود.":                                                 "fa",
		"आयोग ने वर्ष के अंत से पहले रिपोर्ट प्रकाशित नहीं करने का निर्णय लिया।":                                   "hi",
		"คณะกรรมการตัดสินใจไม่เผยแพร่รายงานก่อนสิ้นปี":                                                             "th",
		"הוועדה החליטה לא לפרסם את הדוח לפני סוף השנה.":                                                            "he",
		"কমিশন বছরের শেষের আগে প্রতিবেদন প্রকাশ না করার সিদ্ধান্ত নিয়েছে।":                                        "bn",
		"insulin glucose":         "",
		"x = y + 1; return fn(z)": "",
		"12345 67 89":             "",
		"":                        "",
	}
	for text, want := range tests {
		require.Equal(t, want, lexical.Detect(text), text)
	}
}

func TestDetect_CutsLongTextBetweenCharacters(t *testing.T) {
	t.Parallel()
	require.Equal(t, "zh", lexical.Detect("a"+strings.Repeat("委员会决定", 20_000)))
}

func FuzzTokens(f *testing.F) {
	for _, seed := range []string{"Don't 1,000.5 ﬁ", "今天a下", "\xff\u00ad", "'a' ' 1,2", "é\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := 0
		for _, token := range lexical.Tokens(text) {
			require.LessOrEqual(t, start, token.Start, "tokens begin in order")
			require.Less(t, token.Start, token.End)
			require.LessOrEqual(t, token.End, len(text))
			require.NotEmpty(t, token.Text)
			require.True(t, utf8.ValidString(token.Text) || !utf8.ValidString(text))
			start = token.Start
		}
		for _, lang := range []string{"en", "de", "fr", "ru", "ar", "tr", "fi"} {
			lexical.Stems(text, lang)
		}
	})
}

func BenchmarkStems(b *testing.B) {
	text := strings.Repeat("The regulatory authorities connected several independent observations of insulin resistance. ", 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		lexical.Stems(text, "en")
	}
}
