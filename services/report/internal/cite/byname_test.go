package cite_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// works makes sources of lines: a title, a year, authors.
func works(lines ...[]string) []*researchv1.Source {
	var out []*researchv1.Source
	for i, line := range lines {
		out = append(out, &researchv1.Source{Id: strconv.Itoa(i), Title: line[0], Published: line[1], Authors: line[2:]})
	}
	return out
}

func TestWorksAreCitedByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		sources      []*researchv1.Source
		apa, chicago []string
	}{
		{
			"one, two and more authors",
			works([]string{"A", "1911", "Marie Curie"}, []string{"B", "1912", "Marie Curie", "Frédéric Joliot"}, []string{"C", "1913", "Marie Curie", "Frédéric Joliot", "Lise Meitner"}),
			[]string{"Curie, 1911", "Curie & Joliot, 1912", "Curie et al., 1913"},
			[]string{"Curie 1911", "Curie and Joliot 1912", "Curie et al. 1913"},
		},
		{
			"a body and no author",
			works([]string{"A", "1911", "World Health Organization"}, []string{"The depth of the great lakes: a survey", "1912"}, []string{"The depth of all the great lakes of the north", "1913"}),
			[]string{"World Health Organization, 1911", "“The depth of the great …,” 1912", "“The depth of all the …,” 1913"},
			[]string{"World Health Organization 1911", "“The depth of the great …” 1912", "“The depth of all the …” 1913"},
		},
		{
			"no date",
			works([]string{"A", "", "Marie Curie"}, []string{"B", "", "Lise Meitner"}, []string{"C", "", "Lise Meitner"}),
			[]string{"Curie, n.d.", "Meitner, n.d.-a", "Meitner, n.d.-b"},
			[]string{"Curie, n.d.", "Meitner, n.d.-a", "Meitner, n.d.-b"},
		},
		{
			"letters go by title, not by the order of citation, and pass over articles",
			works([]string{"The zinc", "1911", "Marie Curie"}, []string{"Radium", "1911", "Marie Curie"}, []string{"A polonium", "1911", "Marie Curie"}),
			[]string{"Curie, 1911c", "Curie, 1911b", "Curie, 1911a"},
			[]string{"Curie 1911c", "Curie 1911b", "Curie 1911a"},
		},
		{
			"as many names as tell two works apart",
			works([]string{"A", "2017", "A Kapoor", "B Bloom", "C Montez", "D Warner", "E Hill"}, []string{"B", "2017", "A Kapoor", "B Bloom", "C Zucker", "D Davis", "E Day"}),
			[]string{"Kapoor, Bloom, Montez, et al., 2017", "Kapoor, Bloom, Zucker, et al., 2017"},
			[]string{"Kapoor, Bloom, Montez, et al. 2017", "Kapoor, Bloom, Zucker, et al. 2017"},
		},
		{
			"et al. does not stand for one name",
			works([]string{"A", "2015", "A Hasan", "B Liang", "C Kahn"}, []string{"B", "2015", "A Hasan", "B Liang", "C Weintraub"}),
			[]string{"Hasan, Liang, & Kahn, 2015", "Hasan, Liang, & Weintraub, 2015"},
			[]string{"Hasan, Liang, and Kahn 2015", "Hasan, Liang, and Weintraub 2015"},
		},
		{
			"letters where names do not tell",
			works([]string{"B", "2015", "A Hasan", "B Liang", "C Kahn"}, []string{"A", "2015", "A Hasan", "B Liang", "C Kahn"}),
			[]string{"Hasan et al., 2015b", "Hasan et al., 2015a"},
			[]string{"Hasan et al. 2015b", "Hasan et al. 2015a"},
		},
		{
			"initials tell apart who shares a family name",
			works([]string{"A", "2015", "Jean M. Taylor", "Bo Neimeyer"}, []string{"B", "2014", "Tim Taylor"}, []string{"C", "2013", "Maria Curie"}, []string{"D", "2013", "M. Curie"}),
			[]string{"J. M. Taylor & Neimeyer, 2015", "T. Taylor, 2014", "Curie, 2013b", "Curie, 2013a"},
			[]string{"J. M. Taylor and Neimeyer 2015", "T. Taylor 2014", "Curie 2013b", "Curie 2013a"},
		},
		{
			"more of the title where its beginning does not tell",
			works([]string{"A survey of the deepest lakes", "2015"}, []string{"A survey of the deepest rivers", "2015"}, []string{"A survey of the deepest rivers", "2015"}),
			[]string{"“A survey of the deepest lakes,” 2015", "“A survey of the deepest rivers,” 2015a", "“A survey of the deepest rivers,” 2015b"},
			[]string{"“A survey of the deepest lakes” 2015", "“A survey of the deepest rivers” 2015a", "“A survey of the deepest rivers” 2015b"},
		},
		{
			"titles in scripts without spaces are shortened by their characters",
			works([]string{"关于贝加尔湖水深测量方法与结果的综合研究报告", "2015"}, []string{"贝加尔湖", "2016", "王小明"}),
			[]string{"“关于贝加尔湖水深测量方法与结…,” 2015", "王小明, 2016"},
			[]string{"“关于贝加尔湖水深测量方法与结…” 2015", "王小明 2016"},
		},
	} {
		for style, want := range map[cite.Style][]string{cite.APA: c.apa, cite.Chicago: c.chicago} {
			t.Run(string(style)+" "+c.name, func(t *testing.T) {
				t.Parallel()
				labels, _ := cited(t, style, c.sources...)
				require.Equal(t, want, labels)
			})
		}
	}
}

func TestReferencesStandWhereReadersLookThemUp(t *testing.T) {
	t.Parallel()
	sources := works(
		[]string{"Z", "2001", "Zoe Öz"}, []string{"Y", "2001", "Ann Ost"}, []string{"The apple", "2001"}, []string{"X", "2003", "Zoe Öz"}, []string{"W", "", "Zoe Öz"},
		[]string{"V", "2000", "Zoe Öz", "Bo Ek"}, []string{"U", "2000", "Lu de Groot"}, []string{"T", "2000", "Лев Толстой"}, []string{"S", "2000", "Xi Pan"},
	)
	_, references := cited(t, cite.APA, sources...)
	var titles string
	for _, r := range references {
		titles += r.GetWork().GetTitle() + " "
	}
	require.Equal(t, "The apple U Y W Z X V S T ", titles, "without accents, articles or numbers in the way; alone before with others; no date first")
}

func TestTheLetterStandsInTheReference(t *testing.T) {
	t.Parallel()
	sources := works([]string{"Zinc", "1911", "Marie Curie"}, []string{"Radium", "1911", "Marie Curie"})
	for style, want := range map[cite.Style][]string{
		cite.APA:     {"Curie, M. (1911a). *Radium*.", "Curie, M. (1911b). *Zinc*."},
		cite.Chicago: {"Curie, Marie. 1911a. “Radium.”", "Curie, Marie. 1911b. “Zinc.”"},
	} {
		_, references := cited(t, style, sources...)
		require.Equal(t, want, written(references))
	}
}

func TestManyWorksOfOneYearHaveLettersEnough(t *testing.T) {
	t.Parallel()
	var lines [][]string
	for i := range 800 {
		lines = append(lines, []string{"Title " + strconv.Itoa(1000+i), "1911", "Marie Curie"})
	}
	labels, _ := cited(t, cite.APA, works(lines...)...)
	require.Equal(t, []string{"Curie, 1911a", "Curie, 1911z", "Curie, 1911aa", "Curie, 1911zz", "Curie, 1911aaa"},
		[]string{labels[0], labels[25], labels[26], labels[701], labels[702]})
}
