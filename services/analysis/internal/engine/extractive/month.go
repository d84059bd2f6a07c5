package extractive

import "strings"

// months are the names of months, lower case, with their forms and abbreviations, by
// number. A name that is something else too, such as "mar" or "set", stands for a month
// only beside a year.
var months = monthTable(
	`january jan januar jänner enero ene janvier janv gennaio gen janeiro januari ocak январь января январе янв січень січня styczeń stycznia leden ledna يناير كانون जनवरी`,
	`february feb februar febrero février févr fév febbraio fevereiro fev februari şubat февраль февраля феврале фев лютий лютого luty lutego únor února فبراير شباط फरवरी फ़रवरी`,
	`march mar märz maerz mär marzo mars março maart mart март марта марте березень березня marzec marca březen března مارس آذار मार्च`,
	`april apr abril abr avril avr aprile nisan апрель апреля апреле апр квітень квітня kwiecień kwietnia duben dubna أبريل ابريل نيسان अप्रैल`,
	`may mai mayo maggio mag maio mei maj mayıs май мая мае травень травня květen května maja مايو أيار मई`,
	`june jun juni junio juin giugno giu junho haziran июнь июня июне июн червень червня czerwiec czerwca červen června يونيو حزيران जून`,
	`july jul juli julio juillet juil luglio lug julho temmuz июль июля июле июл липень липня lipiec lipca červenec července يوليو تموز जुलाई`,
	`august aug agosto ago août aout augustus augusti ağustos август августа августе авг серпень серпня sierpień sierpnia srpen srpna أغسطس آب अगस्त`,
	`september sep sept septiembre setiembre septembre settembre set setembro eylül сентябрь сентября сентябре сен вересень вересня wrzesień września září سبتمبر أيلول सितंबर सितम्बर`,
	`october oct oktober okt octubre octobre ottobre ott outubro out ekim октябрь октября октябре окт жовтень жовтня październik października říjen října أكتوبر اكتوبر अक्टूबर`,
	`november nov noviembre novembre novembro kasım ноябрь ноября ноябре ноя листопад листопада listopada نوفمبر नवंबर नवम्बर`,
	`december dec dezember dez diciembre dic décembre déc dicembre dezembro aralık декабрь декабря декабре дек грудень грудня grudzień grudnia prosinec prosince ديسمبر दिसंबर दिसम्बर`,
)

// monthTable numbers the lists from 1.
func monthTable(lists ...string) map[string]int {
	table := map[string]int{}
	for i, list := range lists {
		for name := range strings.FieldsSeq(list) {
			table[name] = i + 1
		}
	}
	return table
}

// beforeYear are words after which four digits are a year.
var beforeYear = wordSet(`in since by until till from to during before after around circa about early mid late year years spring summer
	autumn fall winter between of through beginning end
	im jahr jahre jahres seit ab bis um anfang ende mitte vor nach sommer frühjahr herbst von zwischen
	en depuis vers année l'année dès jusqu'en fin début avant après entre
	desde hasta año hacia entre de antes
	nel nell'anno dal al anno del fino entro tra
	em até ano no
	sinds tot jaar w od do roku v roce
	в с до к около году по
	عام سنة في منذ सन् वर्ष साल`)

// afterYear are words before which four digits are a year.
var afterYear = wordSet(`г гг год году года годом yılında yılı yılından yılına में ईस्वी roku р році`)

// counted are words before which four digits are an amount.
var counted = wordSet(`people patients cases men women participants children students metres meters kilometers km m kg mg g tons tonnes
	dollars euros pounds yuan yen percent employees users samples subjects species items words pages miles feet degrees mah hz mhz rpm watts
	menschen patienten personen meter euro fälle personas pacientes metros personnes patients mètres человек метров рублей`)
