package cite

import (
	"slices"
	"strings"
	"unicode"
)

// isWord reports whether a word is one of a list, which has a space before and after each
// of its words: lists are long, and there may be thousands of authors.
func isWord(word, list string) bool {
	return word != "" && !strings.Contains(word, " ") && strings.Contains(list, " "+word+" ")
}

// isParticle reports whether a word belongs to the family name behind it. Particles are
// small; who writes one with a capital is told by the place of the word.
func isParticle(word string) bool {
	return isWord(word, " van von vom zu zum zur dem der den de de' in auf uit ver vander v. v.d. vd van't het 't ten ter te op la le les du des do da dos das del della delle dello degli dei di dal dalla "+
		"af av y e el al bin ibn bint abu st. und بن ابن بنت أبو ابو آل عبد ") || strings.HasPrefix(word, "d'") && len(word) == 2
}

// isJoint reports whether a word joins two family names.
func isJoint(word string) bool { return isWord(word, " y e ") }

// isGeneration reports whether a word at the end of a name goes with the family name
// before it, as in Brazil.
func isGeneration(word string) bool { return isWord(word, " Filho Neto Sobrinho Júnior Junior ") }

// isSuffix reports whether a word is what follows a name.
func isSuffix(word string) bool {
	return isWord(strings.TrimSpace(word), " Jr Jr. Sr Sr. jr jr. sr sr. II III IV Esq Esq. 2nd 3rd ")
}

// isHonorific reports whether a word is a title before a name.
func isHonorific(word string) bool {
	return isWord(word, " Dr Dr. Prof Prof. Professor Mr Mr. Mrs Mrs. Ms Ms. PD Dipl.-Ing. ")
}

// isDegree reports whether a text behind a name is a degree or a membership.
func isDegree(text string) bool {
	plain := strings.ReplaceAll(strings.TrimSpace(text), ".", "")
	return isWord(plain, " PhD MD MSc BSc MA BA MBA MPH DPhil DSc ScD FRS RN JD LLM EdD DVM PharmD FRCP FACP MEng BEng DrPH ")
}

// isNobody reports whether a text stands where a name should.
func isNobody(text string) bool {
	return slices.Contains([]string{"et al", "et al.", "n/a", "none", "null", "unknown", "unknown author", "admin", "administrator", "author"}, strings.ToLower(text))
}

// isBody reports whether a name is that of an organisation, and so has no parts. It shows
// in the words of which names of bodies are made, in any of the languages that sources
// are mostly in, and in what no name of a person has.
func isBody(name string) bool {
	known := func(word string) bool { return isWord(word, bodyAcronyms) || word[0] >= '0' && word[0] <= '9' }
	if strings.ContainsAny(name, "/&@:|+_") || slices.ContainsFunc(strings.Fields(name), known) {
		return true
	}
	if slices.ContainsFunc(strings.Fields(name), func(word string) bool { return len(word) == 2 && areInitials(word) && word[1] == '.' }) {
		return false // "William H. Press" is none
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' && !unicode.IsMark(r) })
	if len(words) > 7 {
		return true
	}
	for i, word := range words {
		switch {
		case word == "und" && i > 0 && words[i-1] == "von": // "von und zu"
		case isWord(word, bodyWords), i > 0 && isWord(word, " of for and und et on für pour para и по "), word == "the":
			return true
		}
	}
	return hasEastern(name) && slices.ContainsFunc(strings.Fields(easternBodies), func(part string) bool { return strings.Contains(name, part) })
}

const (
	// bodyWords are words that names of bodies have, and of people hardly ever.
	bodyWords = " university universities universität universite université universidad universidade universiteit università universitet " +
		"college school faculty department division institute institut instituto istituto institution laboratory laboratories laboratoire lab labs " +
		"organization organisation association society societies federation foundation fund trust committee commission council board bureau office " +
		"agency authority ministry ministère ministerio ministerium bundesministerium bundesamt bundesanstalt umweltbundesamt regierung government administration service services " +
		"center centre centers centres zentrum group gruppe groupe consortium collaboration collaborators collaborative network project programme program initiative team " +
		"investigators inc inc. ltd llc plc gmbh ag corporation corp company co. press verlag publishing publishers editions éditions news times journal magazine gazette " +
		"academy academies akademie académie society gesellschaft verein verband stiftung société sociedad union nations national international " +
		"hospital clinic klinik clinics museum library bibliothek archive archives observatory survey bank editors staff redaktion redaction newsroom contributors " +
		"wikipedia wikimedia google microsoft openai unesco unicef parliament senate congress court zoo europe europa " +
		"университет институт академия министерство организация центр общество комитет агентство служба фонд лаборатория редакция ассоциация " +
		"جامعة وزارة منظمة معهد مركز هيئة مؤسسة جمعية وكالة مجلس لجنة "
	// bodyAcronyms are short names of bodies that names of their parts begin with.
	bodyAcronyms = " UN EU US USA UK WHO FAO OECD IPCC NASA ESA NOAA CDC NIH NIST EPA IMF ILO BBC CNN NPR AFP IEEE ACM ISO IETF CERN "
	// easternBodies are parts of names of bodies in scripts without spaces.
	easternBodies = "大学 大學 学院 學院 研究所 研究院 公司 委员会 委員会 委員會 协会 協会 協會 学会 學會 出版社 中心 医院 編集部 编辑部 新聞社 通信社 通讯社 政府 部门 " +
		"图书馆 博物馆 基金会 財団 机构 機構 組織 组织 대학교 연구소 연구원 위원회 협회 학회 재단 공사 센터 신문"
)
