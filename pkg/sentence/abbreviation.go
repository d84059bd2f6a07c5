package sentence

import "strings"

// The tables below are read-only. Keys are lower case, without the last full
// stop; dotted forms keep their inner ones.

// neverLast holds abbreviations that are always followed by more of the same
// sentence: titles, and words that introduce what they shorten.
var neverLast = set(`
	mr mrs ms messrs dr prof rev hon fr gen col lt capt sgt cmdr gov sen rep pres supt
	e.g eg i.e ie viz cf vs resp approx ca esp incl fig figs eq eqs ref refs
	hr hrn bzw z.b d.h u.a vgl ggf evtl sog inkl zzgl
	mme mlle mm mgr
	sra srta dra ud uds p.ej pág págs núm
	sig dott ing avv
	см напр т.е т.н им ул проф акад рис табл`)

// beforeNumber holds abbreviations that do not end a sentence when a number
// follows: "No. 5", but "He said no. Then". The months belong here too.
var beforeNumber = set(`
	no nos nr p pp pg vol vols ch chap sec sect art par para ex fig figs tab eq app ed
	op cit v vv n nn l ll col cols b. c ca r rs
	jan feb mar apr jun jul aug sep sept oct nov dec
	abs bd aufl s kap ziff abb anm hs
	стр гл ст п пп т с`)

// sometimesLast holds abbreviations that end a sentence only when the next word
// is one that seldom stands inside a sentence with a capital (see starters).
var sometimesLast = set(`
	inc ltd co corp llc plc bros jr sr esq st ave blvd rd mt ft dept univ assn
	al etc a.m p.m am pm ph.d m.d b.a m.a u.s u.k u.n e.u d.c
	max min est avg temp vol ed eds trans repr
	usw usf u.s.w str mio mrd tel geb gest
	av apr env éd
	ee.uu a.c d.c s.a s.p.a
	г гг в вв т.д т.п др пр тыс млн млрд руб долл`)

// starters holds words that, written with a capital after an abbreviation or an
// initial, most likely begin a sentence.
var starters = set(`
	the a an this that these those it its he she they we you i his her their our your my
	in on at by for from with after before during since when while where why how what who
	if as although though because however but and or so yet thus hence therefore moreover
	furthermore there here then to no not all both some many most each every one another
	der die das ein eine es er sie wir ihr ich dies diese dieser dieses in im am an auf bei
	mit nach seit wenn als aber und oder doch jedoch so auch daher nicht
	le la les un une des ce cette ces il elle ils elles on nous vous je dans en à pour par
	avec après avant mais et ou donc cependant
	el la los las un una unos unas este esta estos estas él ella ellos se en por para con
	después antes pero y o sin según
	il lo gli i uno questo questa nel nella per con dopo ma e
	он она оно они мы вы я это этот эта эти в на с по после до но и а если когда`)

// germanAfterOrdinal holds what follows a day or a century in German.
var germanAfterOrdinal = set(`
	januar jänner februar märz april mai juni juli august september oktober november dezember
	jahrhundert jahrhunderts jahrtausend jh jhd`)

// germanBeforeOrdinal holds words after which a short number with a full stop
// is an ordinal in German.
var germanBeforeOrdinal = set(`am der dem den des im vom zum zur beim ihr ihre ihrem sein seine seinem`)

// set makes a lookup table out of words separated by white space.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}
