package lexical

import (
	"maps"
	"strings"
)

// IsStopWord reports whether a word, as Tokens gives it, is one of the words of
// the language that say nothing about a text's subject: articles, pronouns,
// prepositions, conjunctions and auxiliary verbs. A language without a list has
// none.
func IsStopWord(word, lang string) bool {
	return stopWords[lang][word]
}

// stopWords holds the lists by language. It is read-only.
var stopWords = allStopWords()

// allStopWords joins the tables of lists.
func allStopWords() map[string]map[string]bool {
	lists := commonStopWords()
	maps.Copy(lists, moreStopWords())
	maps.Copy(lists, rareStopWords())
	return lists
}

// commonStopWords holds the lists of the larger languages in Latin letters.
// They hold function words only, and no word that is also a thing people look
// for: "us", which a token in lower case cannot tell from the US, is left out.
func commonStopWords() map[string]map[string]bool {
	return map[string]map[string]bool{
		"en": wordSet(`a about above after again against all also although am among an and any are aren't as at
		be because been before being below between both but by can can't cannot could couldn't did didn't do
		does doesn't doing don't down during each either few for from further had hadn't has hasn't have
		haven't having he he's her here hers herself him himself his how i i'm i've if in into is isn't it it's its
		itself just me might more most much must my myself neither no nor not of off on once only or other our
		ours ourselves out over own same she she's should shouldn't since so some such than that that's the
		their theirs them themselves then there these they they're this those through to too under until up
		upon very was wasn't we we're were weren't what when where whether which while who whom whose why
		with within without won't would wouldn't you you're your yours yourself yourselves`),
		"de": wordSet(`aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes
		auch auf aus bei beim bin bis bist da damit dann das dass daß dasselbe dein deine dem den denn der deren
		des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines
		einig einige einigen er es etwas euch euer eure für gegen hab habe haben hat hatte hatten hier hin hinter
		ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in indem ins ist jede jedem jeden jeder jedes jene
		jenem jenen jener jenes jetzt kann kein keine keinem keinen keiner können könnte machen man manche mein
		meine mich mir mit muss musste nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen
		seiner seines selbst sich sie sind so solche soll sollte sondern sonst über um und uns unser unsere unter
		viel vom von vor während war waren warst was weg weil weiter welche welchem welchen welcher welches wenn
		wer wem wen werde werden wie wieder will wir wird wirst wo wollen wurde wurden würde zu zum zur zwar
		zwischen`),
		"fr": wordSet(`à ai ainsi alors au aucun aucune aussi autre autres aux avaient avait avant avec avez avoir avons
		c car ce ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de des depuis
		donc dont du elle elles en encore entre es est et étaient était étant été être eu eux fait fut furent il
		ils j je l la là le les leur leurs lors lorsque lui m ma mais me même mêmes mes moi mon n ne ni nos notre
		nous on ont ou où par parce pas peu peut plus plusieurs pour pourquoi pourrait puis qu quand que quel
		quelle quelles quels qui s sa sans se selon sera seront ses si sien son sont sous sur t ta tandis te tes
		toi ton tous tout toute toutes très tu un une va vers vos votre vous y`),
		"es": wordSet(`a al algo algunas algunos ante antes aquel aquella aquellos aunque cada como con contra cual
		cuales cuando cuándo cuánto cuántos cuál cuáles cómo de del desde donde dónde dos durante e el él ella
		ellas ellos en entre era eran eres es esa esas ese eso esos esta está están estaba estaban estado estas
		este esto estos fue fueron ha había habían han has hasta hay he la las le les lo los más me mi mis mucho
		muchos muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque
		pues que qué quien quién quienes se sea ser si sí sido sin sobre son su sus también tan tanto te tenía
		tiene tienen todo todos tras tu tú tus un una unas uno unos usted y ya yo`),
		"it": wordSet(`a ad agli ai al alla alle allo anche avere aveva avevano c che chi ci cui come con contro da dagli
		dai dal dalla dalle dallo de degli dei del della delle dello di dopo dove due e è ed era erano essere fa
		fino fra gli ha hai hanno ho i il in io l la le lei li lo loro lui ma me mentre mi mia mio molto ne negli
		nei nel nella nelle nello no noi non nostra nostro o ogni oltre per perché perciò più poi prima proprio
		qual quale quali quando quanto quella quelle quelli quello questa queste questi questo qui sarà se sei
		senza si sia siamo sono sopra sotto stata stati stato su sua sue sugli sui sul sulla sulle suo suoi tra
		tu tutti tutto un una uno vi voi`),
		"pt": wordSet(`a à ao aos às as até com como da das de dela dele deles depois do dos e é ela elas ele eles em
		entre era eram essa essas esse esses esta está estão estas este estes eu foi foram há isso isto já la lhe
		lhes lo mais mas me mesmo meu minha muito muitos na não nas nem no nos nós nossa nosso num numa o os ou
		para pela pelas pelo pelos por porque qual quais quando que quem são se sem ser será seu seus só sobre
		sua suas também tem têm tinha todo todos um uma umas uns você`),
		"nl": wordSet(`aan achter al alles als altijd andere ben bij bijna daar dan dat de der deze die dit doch doen door
		dus een en er ge geen had hadden heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan
		kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op over
		reeds te tegen toch toen tot tussen u uit uw van veel voor waar waren was wat werd werden wie wil wordt
		worden zal ze zelf zich zij zijn zo zonder zou`),
		"sv": wordSet(`alla allt att av bara blev bli blir de dem den denna deras dess dessa det detta dig din dina du
		där då efter ej eller en ett från för genom ha hade han hans har hon hur här i icke ingen inom inte jag
		kan kunde man med mellan men mig min mot mycket ni nu när någon något några och också om oss på sedan sig sin
		sina själv skall skulle som så till under upp ut utan vad var varit vara vem vi vid vilka vilken än är åt
		över`),
	}
}

// wordSet makes a lookup table out of words separated by white space.
func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}
