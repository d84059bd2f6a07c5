package rank

import (
	"strconv"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// isTimeSensitive reports whether a question asks for the state of things: by a
// word such as "latest", or by naming the present year, the last or a coming one.
// Only the question itself counts; sub-queries add words of their own.
func isTimeSensitive(q Question) bool {
	for _, token := range lexical.Tokens(q.Text) {
		// In English "actual" means real, in Spanish present.
		if isTimelyWord(token.Text) || isTimelyYear(token.Text, q.Now.Year()) || token.Text == "actual" && lexical.Detect(q.Text) == "es" {
			return true
		}
	}
	// Scripts without spaces have no tokens to compare.
	for _, phrase := range []string{
		"最新", "最近", "目前", "当前", "當前", "现在", "現在", "今天", "今年", "近期", "今日", "최신", "최근", "현재", "오늘", "올해", "ล่าสุด", "ปัจจุบัน",
	} {
		if strings.Contains(q.Text, phrase) {
			return true
		}
	}
	return false
}

// isTimelyYear reports whether a word is a year of now: from the last one to the
// next ten.
func isTimelyYear(text string, now int) bool {
	year, err := strconv.Atoi(text)
	return err == nil && len(text) == 4 && year >= now-1 && year <= now+10
}

// isTimelyWord reports whether a word, in lower case, asks for the state of
// things.
func isTimelyWord(text string) bool {
	switch text {
	case "latest", "newest", "current", "currently", "recent", "recently", "today", "today's", "now", "nowadays", "upcoming", "ongoing",
		"heute", "heutige", "heutigen", "aktuell", "aktuelle", "aktuellen", "aktueller", "aktuelles", "derzeit", "derzeitige", "derzeitigen",
		"gegenwärtig", "momentan", "neueste", "neuesten", "neuester", "neuste", "neusten", "kürzlich", "jüngste", "jüngsten", "jetzt",
		"actuel", "actuelle", "actuels", "actuelles", "actuellement", "aujourd'hui", "récent", "récente", "récents", "récentes", "récemment", "maintenant",
		"actuales", "actualmente", "reciente", "recientes", "recientemente", "hoy", "ahora",
		"attuale", "attuali", "attualmente", "recente", "recenti", "recentemente", "oggi", "adesso",
		"atual", "atuais", "atualmente", "recentes", "hoje", "agora",
		"huidige", "momenteel", "nieuwste", "vandaag",
		"obecnie", "obecny", "obecna", "najnowszy", "najnowsze", "najnowsza", "dzisiaj", "teraz",
		"güncel", "bugün", "şimdi",
		"сейчас", "сегодня", "последние", "последних", "недавно", "недавние", "текущий", "текущая", "текущие", "нынешний", "нынешняя", "актуальные",
		"сьогодні", "зараз", "останні",
		"الآن", "اليوم", "أحدث", "حاليا", "الحالي", "الحالية", "مؤخرا":
		return true
	}
	return false
}

// halfLifeFor returns the half-life of sources in days.
func halfLifeFor(timeSensitive bool) float64 {
	if timeSensitive {
		return shortHalfLife
	}
	return longHalfLife
}
