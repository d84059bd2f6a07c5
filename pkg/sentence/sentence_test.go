package sentence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/sentence"
)

// split returns the sentences themselves, which read better in a test than
// offsets do.
func split(text string) []string {
	var out []string
	for _, s := range sentence.Split(text) {
		out = append(out, text[s.Start:s.End])
	}
	return out
}

func TestSplit_English(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"full stops end sentences":             {"It rained.", "We stayed in.", "Nobody minded."},
		"question and exclamation marks too":   {"Did it rain?", "It did!", "So we stayed in."},
		"titles do not":                        {"Dr. Smith met Mrs. Jones at St. Mary's.", "They talked."},
		"initials do not":                      {"J. R. R. Tolkien wrote it.", "C. S. Lewis read it."},
		"a letter before a plain opener does":  {"She took vitamin C.", "The cold went away."},
		"decimals do not":                      {"The value rose from 3.5 to 4.25 in 2019.", "It fell later."},
		"version numbers do not":               {"Go 1.26.8 was used.", "Go 1.25 was not."},
		"latin abbreviations do not":           {"Some metals, e.g. Iron and i.e. Copper, rust.", "Gold does not."},
		"references to figures do not":         {"As Fig. 3 and No. 5 show, it works.", "See p. 12 for more."},
		"the plain word no does":               {"He said no.", "Then he left."},
		"et al. before a year does not":        {"Smith et al. (2010) found it.", "Jones et al. Disagreed at once."},
		"et al. before an opener does":         {"This follows Smith et al.", "However, others differ."},
		"companies go on":                      {"Apple Inc. Cupertino said so."},
		"companies can end":                    {"He works at Apple Inc.", "He likes it."},
		"countries can end":                    {"She moved to the U.S.", "It was cold."},
		"countries go on":                      {"The U.S. Senate voted."},
		"times go on":                          {"We met at 5 p.m. Monday to talk."},
		"addresses are not cut":                {"See https://example.com/a.b?c=d.e for it.", "It is at www.example.com.", "Researchers agree."},
		"file names are not cut":               {"Open main.go and README.md first.", "Then build."},
		"quoted full stops end":                {"He said “Stop.”", "Then he left."},
		"a quoted question goes on":            {"“Why?” he asked.", "Nobody knew."},
		"brackets close after the full stop":   {"It works.", "(It really does.)", "So we are done."},
		"dots before a small letter go on":     {"Well ... maybe it does.", "Or not..."},
		"dots before a capital end":            {"I wonder...", "Maybe it does."},
		"note references stay with their text": {"Rust is safe.[12]", "C is not.²", "So they say."},
		"names that begin small begin":         {"They sell phones.", "iPhone sales rose."},
		"section numbers do not end":           {"3.1. Results are shown."},
		"years end":                            {"It was found in 1998.", "The world moved on."},
		"single line breaks are spaces":        {"This line was wrapped by\nits editor and goes on.", "It ends here."},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, want, split(strings.Join(want, " ")))
		})
	}
}

func TestSplit_OtherLanguages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"German ordinals":       {"Am 3. Oktober wird gefeiert. Im 19. Jahrhundert nicht.", []string{"Am 3. Oktober wird gefeiert.", "Im 19. Jahrhundert nicht."}},
		"German abbreviations":  {"Obst, z.B. Äpfel, ist gesund. Brot bzw. Nudeln auch.", []string{"Obst, z.B. Äpfel, ist gesund.", "Brot bzw. Nudeln auch."}},
		"French guillemets":     {"Il dit « Bonjour. » Puis il part. Mme Curie reste.", []string{"Il dit « Bonjour. »", "Puis il part.", "Mme Curie reste."}},
		"Spanish opening marks": {"Hola, Sra. Díaz. ¿Cómo está? ¡Bien!", []string{"Hola, Sra. Díaz.", "¿Cómo está?", "¡Bien!"}},
		"Russian":               {"Это было в 1941 г. в Москве. Потом был мир.", []string{"Это было в 1941 г. в Москве.", "Потом был мир."}},
		"Chinese":               {"今天下雨。我们没有出去！为什么？因为下雨。", []string{"今天下雨。", "我们没有出去！", "为什么？", "因为下雨。"}},
		"Chinese quotes":        {"他说：“走吧。”然后他走了。", []string{"他说：“走吧。”", "然后他走了。"}},
		"Japanese quotation":    {"彼は「行こう。」と言った。雨だった。", []string{"彼は「行こう。」と言った。", "雨だった。"}},
		"Arabic":                {"هل تمطر؟ نعم. بقينا في البيت.", []string{"هل تمطر؟", "نعم.", "بقينا في البيت."}},
		"Hindi":                 {"बारिश हुई। हम घर पर रहे।", []string{"बारिश हुई।", "हम घर पर रहे।"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, split(tc.text))
		})
	}
}

func TestSplit_Shapes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"a blank line ends a sentence": {"A heading\n\nThe text under it", []string{"A heading", "The text under it"}},
		"a blank line may hold spaces": {"A heading\n \t\nThe text", []string{"A heading", "The text"}},
		"bullets are left out":         {"We need:\n- flour\n* milk\n• eggs", []string{"We need:", "flour", "milk", "eggs"}},
		"item numbers are left out":    {"1. Mix it.\n2) Bake it.\n(3) Eat it.", []string{"Mix it.", "Bake it.", "Eat it."}},
		"a year is not an item number": {"2019. That was the year of the flood.", []string{"2019. That was the year of the flood."}},
		"a dash alone is no sentence":  {"One.\n\n---\n\nTwo.", []string{"One.", "Two."}},
		"table rows stand alone":       {"Name | Age\nAnn | 30\nBob | 25", []string{"Name | Age", "Ann | 30", "Bob | 25"}},
		"a short line was meant to end": {
			"Introduction\nThis is a much longer line of running text that fills the page",
			[]string{"Introduction", "This is a much longer line of running text that fills the page"},
		},
		"white space only":        {" \n\t \n", nil},
		"nothing":                 {"", nil},
		"spaces are trimmed":      {"  One.   Two.  ", []string{"One.", "Two."}},
		"no full stop at the end": {"One. Two", []string{"One.", "Two"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, split(tc.text))
		})
	}
}

// checkSpans fails unless the spans of text are in order, apart, trimmed, and
// together hold every letter and digit but those of list markers.
func checkSpans(t *testing.T, text string) {
	t.Helper()
	at := 0
	for _, s := range sentence.Split(text) {
		require.LessOrEqual(t, at, s.Start)
		require.Less(t, s.Start, s.End)
		require.LessOrEqual(t, s.End, len(text))
		require.Equal(t, strings.TrimSpace(text[s.Start:s.End]), text[s.Start:s.End])
		gap := strings.TrimFunc(text[at:s.Start], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		require.LessOrEqual(t, len(gap), 16, "text between two sentences was lost: %q", gap)
		at = s.End
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"One. Two.", "a\n\nb", "1. x\n2. y", "「あ。」と", "\xff.\xfe A", "... . !", "[1]", "a.[1", "(i)\n(ii) b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, s := range sentence.Split(text) {
			require.LessOrEqual(t, at, s.Start)
			require.Less(t, s.Start, s.End)
			require.LessOrEqual(t, s.End, len(text))
			if utf8.ValidString(text) {
				require.True(t, utf8.ValidString(text[s.Start:s.End]), "a character was cut")
			}
			at = s.End
		}
	})
}

func TestSplit_HostileTextTakesLinearTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for _, piece := range []string{".[", ". (", "a. ", "a.", "1. ", ".\n", "- ", "« . »", "。」", ". \n \n", "\"", "\t. "} {
		text := strings.Repeat(piece, size/len(piece))
		begun := time.Now()
		sentence.Split(text + strings.Repeat(" ", size))
		require.Less(t, time.Since(begun), 20*time.Second, "a million bytes of %q", piece)
	}
}

func TestSplit_RealText(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(dataDir(t), "documents/docling/*/*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		checkSpans(t, string(text))
	}
}

// dataDir returns the folder of the evaluation data and skips the test where it
// is absent.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return dir
}

func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat("Dr. Smith found 3.5 mg of it in 1998. “Why?” he asked. It is unclear, e.g. in Fig. 2.\n\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		sentence.Split(text)
	}
}
