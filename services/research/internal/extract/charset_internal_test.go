package extract

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func TestDeclaredEncoding(t *testing.T) {
	t.Parallel()
	filler := "<!--" + strings.Repeat("x", prescanBytes) + "-->"
	tests := map[string]struct{ data, declared, want string }{
		"none":                               {"<p>text", "", ""},
		"the sender's word comes first":      {`<meta charset=utf-8>`, "text/html; charset=iso-8859-2", "iso-8859-2"},
		"an unknown label is none":           {`<meta charset="bogus">`, "text/html; charset=bogus", ""},
		"the first known label counts":       {`<meta charset="bogus"><meta charset=big5><meta charset=euc-kr>`, "", "big5"},
		"a pragma":                           {`<meta http-equiv=Content-Type content="text/html; charset=windows-1251">`, "", "windows-1251"},
		"content without the pragma is none": {`<meta content="text/html; charset=windows-1251">`, "", ""},
		"quotes within content":              {`<meta http-equiv=content-type content="text/html; charset='koi8-r'">`, "", "koi8-r"},
		"a quote that is not closed":         {`<meta http-equiv=content-type content="text/html; charset='koi8-r">`, "", ""},
		"in a comment it is none":            {`<!-- <meta charset=big5> -->`, "", ""},
		"behind the shortest comment":        {`<!--><meta charset=big5>`, "", "big5"},
		"in an attribute it is none":         {`<p title="<meta charset=big5>">`, "", ""},
		"in a script the prescan finds it":   {`<script><meta charset=big5></script>`, "", "big5"},
		"UTF-16 cannot be true":              {`<meta charset=utf-16>`, "", "utf-8"},
		"the tag is cut":                     {`<meta charset=big5`, "", ""},
		"far behind":                         {filler + `<meta charset=big5>`, "", "big5"},
		"far behind in a script it is none":  {filler + `<script><meta charset=big5></script>`, "", ""},
		"far behind in the body it is none":  {filler + `<body><meta charset=big5>`, "", ""},
		"an XML declaration":                 {`<?xml version="1.0" encoding="ISO-8859-5"?><a/>`, "", "iso-8859-5"},
		"an XML declaration without it":      {`<?xml version="1.0"?><a encoding="big5"/>`, "", ""},
		"duplicate attributes":               {`<meta charset=big5 charset=euc-kr>`, "", "big5"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := declaredEncoding([]byte(tc.data), tc.declared)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ data, declared, want string }{
		"valid UTF-8 is believed before what is declared":  {"Größe", "text/plain; charset=iso-8859-1", "Größe"},
		"an encoding that looks like ASCII is as declared": {"\x1b$B$3\x1b(B", "text/plain; charset=iso-2022-jp", "こ"},
		"declared as UTF-8 with a stray byte":              {"Größe, Äpfel\xff, Öl", "text/plain; charset=utf-8", "Größe, Äpfel\uFFFD, Öl"},
		"declared as UTF-8, but is not":                    {"Gr\xf6\xdfe", "text/plain; charset=utf-8", "Größe"},
		"as declared":                                      {"\xc4\xe0", "text/plain; charset=windows-1251", "Да"},
		"nothing but the bytes":                            {"caf\xe9", "", "café"},
		"a mark wins":                                      {"\xff\xfea\x00", "text/plain; charset=utf-8", "a"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := decode([]byte(tc.data), tc.declared)
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

// TestDecode_Short decodes texts that are too short for statistics alone and say
// nothing of their encoding.
func TestDecode_Short(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		encoding encoding.Encoding
		text     string
	}{
		"a Japanese table":             {japanese.ShiftJIS, "品名,産地\n林檎,青森\n蜜柑,愛媛\n"},
		"kana of half width among it":  {japanese.ShiftJIS, "商品,価格\nりんご,100\nｱｲｳ,5"},
		"the encoding of old Unix":     {japanese.EUCJP, "品名,産地\n林檎,青森\n蜜柑,愛媛\n"},
		"Korean":                       {korean.EUCKR, "이름,도시\n김철수,서울\n이영희,부산\n"},
		"simplified Chinese":           {simplifiedchinese.GBK, "姓名,城市\n王伟,北京\n李娜,上海\n"},
		"traditional Chinese":          {traditionalchinese.Big5, "姓名,城市\n陳大文,臺北\n林美麗,高雄\n"},
		"a word of Russian":            {charmap.Windows1251, "Привет"},
		"a Russian table":              {charmap.Windows1251, "имя;город\nИван;Москва\n"},
		"Russian of Unix":              {charmap.KOI8R, "имя;город\nИван;Москва\n"},
		"Russian of DOS":               {charmap.CodePage866, "имя;город\nИван;Москва\n"},
		"Greek":                        {charmap.Windows1253, "όνομα;πόλη\nΓιώργος;Αθήνα\n"},
		"Hebrew":                       {charmap.Windows1255, "שם;עיר\nדוד;ירושלים\n"},
		"a Polish table":               {charmap.Windows1250, "imię;miasto\nŁukasz;Łódź\nGrażyna;Częstochowa\n"},
		"a Czech sentence":             {charmap.Windows1250, "Příliš žluťoučký kůň úpěl ďábelské ódy"},
		"a German table":               {charmap.Windows1252, "Name;Größe\nJörg;größer\n"},
		"German between quotes, signs": {charmap.Windows1252, "„Größe“ – 5 € für ÄÖÜ, Äpfel…"},
		"French":                       {charmap.Windows1252, "prénom;ville\nHélène;Orléans\nAndré;déjà été"},
		"Spanish":                      {charmap.Windows1252, "¿Qué? ¡Año nº 5ª, señor!"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := tc.encoding.NewEncoder().String(tc.text)
			require.NoError(t, err)
			got, err := decode([]byte(data), "")
			require.NoError(t, err)
			require.Equal(t, tc.text, got)
		})
	}
}

// TestDeclaredEncoding_Suite runs html5lib's tests of encoding sniffing but the
// one that needs a browser to run a script.
func TestDeclaredEncoding_Suite(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "web", "html5lib-tests", "encoding", "*.dat"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the evaluation data is not here")
	}
	run := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for part := range bytes.SplitSeq(append([]byte("\n"), content...), []byte("\n#data\n")) {
			data, want, found := bytes.Cut(part, []byte("\n#encoding\n"))
			if !found {
				continue
			}
			run++
			_, got := declaredEncoding(data, "")
			if bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")) && byMark(data) != nil {
				got = "utf-8"
			}
			if got == "" {
				got = "windows-1252" // the standard's default
			}
			require.Equal(t, strings.ToLower(strings.TrimSpace(string(want))), got, "%s: %.300q", filepath.Base(file), data)
		}
	}
	t.Logf("%d tests", run)
	require.Greater(t, run, 50)
}
