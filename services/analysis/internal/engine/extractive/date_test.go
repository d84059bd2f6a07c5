package extractive

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDateIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"It opened on 2020-05-17 in Rome.":                          "2020-05-17",
		"It opened on May 17, 2020, in Rome.":                       "2020-05-17",
		"It opened on the 17th of May, 2020.":                       "2020-05-17",
		"It opened on 17 May 2020.":                                 "2020-05-17",
		"It opened in May 2020.":                                    "2020-05",
		"It opened in 1998.":                                        "1998",
		"By 1998, it had opened.":                                   "1998",
		"The war of 1939–1945 ended it.":                            "1939",
		"Built 1854 to 1860, it still stands.":                      "1854",
		"It opened on 5/17/2020.":                                   "2020-05-17",
		"It opened on 4/5/2020.":                                    "2020",
		"Es wurde am 3. Oktober 1990 eröffnet.":                     "1990-10-03",
		"Es wurde am 03.10.1990 eröffnet.":                          "1990-10-03",
		"Im Jahr 1990 wurde es eröffnet.":                           "1990",
		"Se inauguró el 2 de mayo de 1808 en Madrid.":               "1808-05-02",
		"Il ouvrit le 1er juillet 1867 à Paris.":                    "1867-07-01",
		"Foi inaugurado em 7 de setembro de 1822.":                  "1822-09-07",
		"Fu aperto il 25 aprile 1945.":                              "1945-04-25",
		"29 Ekim 1923 tarihinde ilan edildi.":                       "1923-10-29",
		"Он открылся 9 мая 1945 года в Москве.":                     "1945-05-09",
		"В 1961 году он полетел в космос.":                          "1961",
		"该馆于2008年8月8日开幕。":                                           "2008-08-08",
		"该馆于1998年开幕。":                                               "1998",
		"该馆于一九九八年开幕。":                                               "1998",
		"افتتح في ١٧ مايو ٢٠٢٠ في القاهرة.":                         "2020-05-17",
		"15 अगस्त 1947 को भारत स्वतंत्र हुआ।":                       "1947-08-15",
		"1946년 8월 15일에 열렸다.":                                        "1946-08-15",
		"It is 1,642 metres deep and costs $1998.":                  "",
		"It holds 1500 people and 2000 books.":                      "",
		"Rome was taken in 1200 BC by others.":                      "",
		"During the 1990s it grew.":                                 "",
		"В 1990-х годах он вырос.":                                  "",
		"在1990年代，它增长了。":                                             "",
		"It was tested in 2000 patients.":                           "",
		"Smith (1998) says so.":                                     "",
		"On February 30, 2020 nothing happened, but it did in 2021": "2021",
		"It grew last year.":                                        "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			d, ok := dateIn(text, time.Time{})
			require.Equal(t, want != "", ok, "%v", d)
			if ok {
				require.Equal(t, want, d.String())
			}
		})
	}
}

func TestDateIn_RelativeDatesCountFromPublication(t *testing.T) {
	t.Parallel()
	published := time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"It grew last year.":            "2018",
		"It grows this year.":           "2019",
		"It closed ten years ago.":      "2009",
		"Es wuchs im letzten Jahr.":     "2018",
		"В прошлом году он вырос.":      "2018",
		"去年它增长了。":                       "2018",
		"Hace 3 años creció.":           "2016",
		"It grew in 2001 and last year": "2001",
	} {
		d, ok := dateIn(text, published)
		require.True(t, ok, text)
		require.Equal(t, want, d.String(), text)
	}
}
