package cite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// read is how a name was read: `given|family|suffix` of each author.
func read(language string, authors ...string) []string {
	var out []string
	for _, name := range cite.WorkOf(&researchv1.Source{Authors: authors, Language: language}).GetAuthors() {
		text := name.GetGiven() + "|" + name.GetFamily()
		if name.GetSuffix() != "" {
			text += "|" + name.GetSuffix()
		}
		out = append(out, text)
	}
	return out
}

func TestNamesOfPeopleAreReadInTheirOrders(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Marie Curie", "Marie|Curie"},
		{"  Marie\n Curie ", "Marie|Curie"},
		{"Curie, Marie", "Marie|Curie"},
		{"Curie,Marie", "Marie|Curie"},
		{"Curie M", "M|Curie"},
		{"Smith JA", "JA|Smith"},
		{"Smith J.A.", "J.A.|Smith"},
		{"Smith J. A.", "J. A.|Smith"},
		{"J. A. Smith", "J. A.|Smith"},
		{"J.-P. Serre", "J.-P.|Serre"},
		{"JOHN LEE", "JOHN|LEE"},
		{"Plato", "|Plato"},
		{"bell hooks", "bell|hooks"},
		{"Jean-Pierre Serre", "Jean-Pierre|Serre"},
		{"Prof. Dr. Lise Meitner", "Lise|Meitner"},
		{"Lise Meitner, PhD", "Lise|Meitner"},
		{"Lise Meitner, M.D., Ph.D.", "Lise|Meitner"},
		{"Ludwig van Beethoven", "Ludwig|van Beethoven"},
		{"Beethoven, Ludwig van", "Ludwig|van Beethoven"},
		{"van der Berg, J. A.", "J. A.|van der Berg"},
		{"J. A. van der Berg", "J. A.|van der Berg"},
		{"van der Berg J. A.", "J. A.|van der Berg"},
		{"John Von Neumann", "John|Von Neumann"},
		{"Van Morrison", "Van|Morrison"},
		{"Ursula K. Le Guin", "Ursula K.|Le Guin"},
		{"Oscar de la Renta", "Oscar|de la Renta"},
		{"Miguel de Cervantes Saavedra", "Miguel|de Cervantes Saavedra"},
		{"Charles de La Vallée Poussin", "Charles|de La Vallée Poussin"},
		{"Ralph von und zum Jones", "Ralph|von und zum Jones"},
		{"José Ortega y Gasset", "José|Ortega y Gasset"},
		{"Oscar Niemeyer Soares Filho", "Oscar Niemeyer|Soares Filho"},
		{"Alaa al-Aswany", "Alaa|al-Aswany"},
		{"Flann O’Brien", "Flann|O’Brien"},
		{"Susan McMurphy Smith", "Susan McMurphy|Smith"},
		{"de Gaulle", "|de Gaulle"},
		{"Martin Luther King Jr.", "Martin Luther|King|Jr."},
		{"Martin Luther King, Jr.", "Martin Luther|King|Jr."},
		{"King, Martin Luther, Jr.", "Martin Luther|King|Jr."},
		{"King, Jr., Martin Luther", "Martin Luther|King|Jr."},
		{"King Jr., Martin Luther", "Martin Luther|King|Jr."},
		{"King, Martin Luther Jr.", "Martin Luther|King|Jr."},
		{"Henry Louis Gates III", "Henry Louis|Gates|III"},
		{"T. V. Dietsch", "T. V.|Dietsch"},
		{"Lovelace, Ada (ed.)", "Ada|Lovelace"},
		{"Ada Lovelace (translator)", "Ada|Lovelace"},
		{"Mauro Dalla Serra", "Mauro|Dalla Serra"},
		{"UN DESA", "|UN DESA"},
		{"William H. Press", "William H.|Press"},
		{"Лев Николаевич Толстой", "Лев Николаевич|Толстой"},
		{"Толстой Лев Николаевич", "Лев Николаевич|Толстой"},
		{"Толстой Л. Н.", "Л. Н.|Толстой"},
		{"Анна Ахматова", "Анна|Ахматова"},
		{"Νίκος Καζαντζάκης", "Νίκος|Καζαντζάκης"},
		{"أحمد زويل", "أحمد|زويل"},
		{"محمد بن سلمان", "محمد|بن سلمان"},
		{"جمال عبد الناصر", "جمال|عبد الناصر"},
		{"김민수", "민수|김"},
		{"민수 김", "민수|김"},
		{"남궁민수", "민수|남궁"},
		{"남궁민", "민|남궁"},
		{"我妻 栄", "栄|我妻"},
		{"村上春樹", "|村上春樹"},
		{"Université de Montréal", "|Université de Montréal"},
		{"World Health Organization", "|World Health Organization"},
		{"NASA/JPL", "|NASA/JPL"},
		{"NASA", "|NASA"},
		{"Procter & Gamble", "|Procter & Gamble"},
		{"Food and Drug Administration", "|Food and Drug Administration"},
		{"Department of Health, Education", "|Department of Health, Education"},
		{"The Lancet", "|The Lancet"},
		{"Umweltbundesamt", "|Umweltbundesamt"},
		{"Министерство науки", "|Министерство науки"},
		{"جامعة القاهرة", "|جامعة القاهرة"},
		{"中国科学院", "|中国科学院"},
		{"21st Century Challenges", "|21st Century Challenges"},
		{"ATLAS Collaboration", "|ATLAS Collaboration"},
		{"Simon and Schuster", "|Simon and Schuster"},
		{"Elmasry, Ahmed, Omar, and company", "|Elmasry, Ahmed, Omar, and company"},
	} {
		t.Run(c[0], func(t *testing.T) {
			t.Parallel()
			require.Equal(t, []string{c[1]}, read("", c[0]))
		})
	}
}

func TestChineseNamesBeginWithTheFamilyName(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"小明|王", "小明|王", "修|欧阳", "|村上春樹", "|加夫列尔·加西亚·马尔克斯"}, read("zh-Hans", "王小明", "小明 王", "欧阳修", "村上春樹", "加夫列尔·加西亚·马尔克斯"))
}

func TestALineWithSeveralAuthorsIsTakenApart(t *testing.T) {
	t.Parallel()
	two := []string{"Marie|Curie", "Pierre|Curie"}
	for _, line := range []string{
		"Marie Curie; Pierre Curie", "Curie, Marie; Curie, Pierre", "Marie Curie and Pierre Curie", "Marie Curie & Pierre Curie",
	} {
		require.Equal(t, two, read("", line), line)
	}
	require.Equal(t, append(two, "Irène|Curie"), read("", "Marie Curie, Pierre Curie, Irène Curie"))
	require.Equal(t, []string{"小明|王", "丽|李"}, read("zh", "王小明、李丽"))
}

func TestWhatNamesNobodyIsNoAuthor(t *testing.T) {
	t.Parallel()
	require.Empty(t, read("", "", " ", "—", ",", ";;", "\u200b", "Unknown", "N/A", "et al."))
}
