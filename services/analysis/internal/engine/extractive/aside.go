package extractive

import (
	"regexp"
	"slices"
	"strings"
)

// What a text says about itself, or points at elsewhere in itself, is no finding. There
// is one pattern for each language family, tried on the sentence's beginning where the
// words say more there.
var (
	// announces opens with who writes and what they are about to do.
	announces = regexp.MustCompile(`(?i)^(?:now,? |first,? |next,? |finally,? |here,? |below,? |so,? )?(?:` +
		`(?:I|we)(?:'ll|’ll|'ve|’ve|'m|’m|'d|’d)? (?:will|now|need|shall|want|would|examine|explore|review|discuss|outline|describe|summari[sz]e|analy[sz]e|investigate|conclude|begin|start|turn|present|look)\b|I (?:have|am|can|should|also|searched|found that I|provide|research|trace)\b` +
		`|I'll |I’ll |I'm |I’m |I've |I’ve |we'll |we’ll |let me |let us |let's |let’s |to examine |in what follows|as an ai\b|based on my |if you |based on the (?:search|information|research)` +
		`|(?:das folgende|im folgenden|nachfolgend|wir werden|ich werde)\b|(?:a continuación|en este (?:artículo|informe))|(?:ci-dessous|dans cet article|nous allons)\b` +
		`|(?:ниже|далее|в этой статье|в данной статье|мы рассмотрим))`)
	// intends says the same inside a sentence that quotes nobody.
	intends = filter{wordSet(`i i'll i'd i've i'm query question request below`), regexp.MustCompile(`\bI(?:['’](?:ll|d|ve|m)| will| need| would| have gathered| can)\b|(?i:\b(?:original|user(?:'s|’s)?) (?:query|question|request)\b|^below (?:are|is)\b)`)}
	// selfish speaks of the text as a text.
	selfish = filter{wordSet(`report paper article review section sections chapter analysis document guide overview thesis essay notes post
		table tables figure chart list subsection subsections record query question request project`), regexp.MustCompile(`(?i)\b(?:(?:this|our|these|(?:the|this) (?:following|present|next|previous|above)) (?:[\w-]+ ){0,3}(?:report|paper|article|review|sections?|chapter|analysis|document|guide|overview|thesis|essay|notes|post|table|figure|chart|list|tables|subsections?)\b.{0,60}\b(?:examin|explor|present|provid|discuss|outlin|aim|conclud|summari|describ|synthesi|analy[sz]|integrat|offer|review|show|list|cover|focus|address|highlight|investigat|organi[sz]|compar|trac|detail|is structured|attempt|seek|draw)` +
		`|the (?:report|analysis|paper|article|section|document) (?:concludes with|integrates|examines|aims|is structured|is organi[sz]ed|begins|ends)|the research record|your (?:query|question|request|project))`)}
	// points sends the reader elsewhere.
	points = filter{wordSet(`shown seen noted mentioned described discussed stated outlined explained listed illustrated see given summarised
		summarized table figure fig list following section appendix chapter above aforementioned follows wie siehe tabelle abbildung abschnitt
		tabla figura sección voir ci tableau рис табл рисунок таблица см`), regexp.MustCompile(`(?i)\b(?:as (?:shown|seen|noted|mentioned|described|discussed|stated|outlined|explained|listed|illustrated)(?: \w+)? (?:above|below|earlier|previously|before|in)\b|see (?:also |the )?(?:above|below|section|table|fig|appendix|chapter|page|note)|(?:figure|fig\.|table|appendix|section|chapter) \d|(?:listed|shown|described|given|summari[sz]ed|the table|the figure|the list|the following|the section) (?:above|below|in (?:table|fig))|mentioned (?:above|earlier)|above[- ]mentioned|aforementioned|as follows\b|the following:|wie (?:oben|unten|bereits)|siehe (?:oben|unten|abschnitt|tabelle|abbildung)|(?:tabelle|abbildung|abschnitt) \d|(?:véase|ver) (?:la )?(?:tabla|figura|sección)|(?:tabla|figura|sección) \d|voir (?:ci-|le |la )?(?:dessous|dessus|tableau|figure|section)|ci-dessus|tableau ?\d)|(?:рис\.|табл\.|рисунок|таблица) ?\d|(?:^|[\s(])см\. `)}
	// sells is what advertisements and calls to action say.
	sells = filter{wordSet(`click download buy order book try contact call learn discover find visit check start join explore shop get free sign
		don't limited our jetzt hier haga cliquez`), regexp.MustCompile(`(?i)(?:^(?:click|download|buy|order|book|try|contact|call|learn|discover|find out|visit|check out|start|join|explore|shop)\b|\b(?:get started (?:today|now)|free trial|sign up (?:now|today|for)|shop now|don't miss|limited[- ]time offer|our (?:products|customers|clients)|(?:jetzt|hier) (?:kaufen|bestellen|anmelden|klicken)|haga clic|cliquez (?:ici|sur))\b)`)}
	// asideChinese is all of these in Chinese and Japanese.
	asideChinese = regexp.MustCompile(`^(?:我将|我会|我需要|让我|接下来|下面|以下|最后搜索|现在|本(?:报告|文|章|节|研究报告|部分)|首先，?我|我们将|如果你|若你|你|您|建议你|需要我|要不要|备注|注[:：]|说明[:：])` +
		`|您|你要|给你|为你|你需|我(?:将|会|需|搜|收|现|已|看到|想|先|可以|还|找|查|发现|继续|就|认为|建议|推荐|整理|根据|们将|们需|们现在)|根据(?:搜索|检索|我|收集)|搜索(?:结果|引擎显示)|(?:可引用|引用)来源|本次|如(?:上|下|前|图|表)|(?:上|下)(?:文|表|图|述|面)|见(?:表|图|附|第)|本(?:报告|文)|(?:表|图)\s?\d|综上|(?:已采集|采集到的)材料|证据包|点击|立即|欢迎(?:关注|订阅)|扫码|版权所有|(?:次|上|下)の(?:図|表)|本稿|本記事|以下の`)
)

// isAside reports whether a sentence speaks of its own text, to its reader, or sells.
func isAside(text string, words []word) bool {
	if intends.matches(text, words) && !strings.ContainsAny(text, `"“«„`) {
		return true
	}
	return announces.MatchString(text) || selfish.matches(text, words) || points.matches(text, words) ||
		sells.matches(text, words) || (slices.ContainsFunc(words, func(w word) bool { return isUnspaced(w.text) }) && asideChinese.MatchString(text))
}
