package extractive

import (
	"regexp"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// gaps is how works say what nobody knows yet.
var gaps = regexp.MustCompile(`(?i)\b(?:(?:further|more|future|additional|larger|long-term|longitudinal) (?:\w+ ){0,2}(?:research|stud(?:y|ies)|work|investigations?|trials?|data|evidence) (?:\w+ ){0,3}(?:needed|required|necessary|warranted|should|must|will be needed|would|could|is essential|are essential)|(?:future|further) (?:research|studies|work|investigations?) (?:should|could|must|may|might|will|would|needs?|is|are|directions?)|remains? (?:largely |poorly |still |to be |an open )?(?:unclear|unknown|unexplored|uncertain|controversial|elusive|understood|understudied|determined|investigated|established|elucidated|open|question|debated|unresolved|unanswered)|(?:not|poorly|insufficiently|incompletely) (?:yet |been |well |fully |clearly )*(?:understood|known|established|studied|investigated|explored|elucidated)|little is known|(?:lack|scarcity|paucity|absence|dearth) of (?:\w+ ){0,3}(?:data|evidence|studies|research|trials|consensus|understanding)|(?:research|knowledge) gaps?|open questions?|few studies|no (?:study|studies) (?:has|have)|understudied|underexplored|under-explored|limited evidence|inconclusive` +
	`|weitere (?:forschung|studien|untersuchungen)|(?:noch|bislang|bisher) (?:nicht|unklar|ungeklärt|wenig|kaum)|bleibt (?:unklar|offen)|forschungslücken?|forschungsbedarf` +
	`|(?:se necesitan|se requieren|hacen falta) (?:más|nuevos|nuevas)|futuras investigaciones|sigue sin|poco se sabe|se desconoce|aún no se` +
	`|(?:recherches|études) (?:futures|supplémentaires|complémentaires)|reste(?:nt)? (?:inconnu|à |mal|incertain)|on ignore|mal connue?s?` +
	`|(?:ulteriori|futuri|futuras?|mais) (?:studi|ricerche|estudos|pesquisas|investigações)|non è (?:ancora )?(?:chiaro|noto)|ainda não (?:se sabe|está claro|é)|daha fazla araştırma|henüz (?:bilin|net))` +
	`|(?:требуются|необходимы|нужны) (?:дальнейшие|дополнительные|новые)|дальнейшие исследования|остаётся (?:неясным|неизвестн)|остается (?:неясным|неизвестн)|до сих пор не|мало изучен|недостаточно изучен` +
	`|(?:尚|仍|还)(?:不|未|需|待|无|没)|有待|未来研究|进一步(?:的)?(?:研究|探|验证|明确)|缺乏|研究空白|不明确|未解|今後の(?:研究|課題)|明らかに(?:なっていない|されていない)|不明|추가 연구|아직` +
	`|مزيد من (?:البحث|الدراسات|الأبحاث)|لا يزال غير|غير معروف|आगे (?:के |और )?(?:शोध|अध्ययन)|अज्ञात`)

// isGap reports whether a sentence says what is not known.
func isGap(text string) bool { return gaps.MatchString(text) }

// maxGaps bounds what a review says is unknown.
const maxGaps = 5

// review answers as a review of the literature does: themes, each finding with all works
// that say so, what they disagree on, and last what nobody has looked at.
func (s *study) review() engine.Analysis {
	s.rank()
	if s.indirect {
		return s.summary()
	}
	var known, unknown []*candidate
	for _, c := range s.candidates {
		if isGap(c.claim) {
			unknown = append(unknown, c)
		} else {
			known = append(known, c)
		}
	}
	s.candidates = known
	picks := s.choose(limitsOf(s.kind, s.question))
	conflicts := s.disagreements(&picks)
	groups := s.themes(s.question, picks)
	open := theme{label: label(openQuestions, s.language)}
	s.candidates = unknown
	l := limits{findings: maxGaps, quotes: 2 * maxQuotes, worth: leastWorth}
	for _, c := range s.choose(l) {
		repeats := func(o pick) bool { return says(o.candidate, c.candidate) }
		if !slices.ContainsFunc(picks, repeats) {
			open.members = append(open.members, len(picks))
			picks = append(picks, c)
		}
	}
	if len(open.members) > 0 {
		groups = append(groups, open)
	}
	out := s.write(picks, groups, conflicts)
	if len(picks) > 0 && len(open.members) == 0 {
		out.Missing = append(out.Missing, "No source says what remains to be studied.")
	}
	return out
}
