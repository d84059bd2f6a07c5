package extract

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// word follows a control word.
func (r *rtfReader) word(word string, value int, given bool) {
	if r.destination(word) || r.character(word) || r.layout(word, value, given) {
		return
	}
	state := r.state()
	switch word {
	case "ansicpg":
		r.codePage = value
	case "mac":
		r.codePage = 10000
	case "pc":
		r.codePage = 437
	case "pca":
		r.codePage = 850
	case "f":
		r.flush()
		state.font = value
	case "fcharset":
		if page, found := charsetPages()[value]; found && state.dest == "fonttbl" {
			r.fonts[state.font] = page
		}
	case "cpg":
		if state.dest == "fonttbl" {
			r.fonts[state.font] = value
		}
	case "uc":
		state.fallback = min(max(value, 0), 16)
	case "v", "deleted":
		r.flush()
		state.hidden = !given || value != 0
	case "plain":
		r.flush()
		state.hidden = false
	case "yr", "mo", "dy":
		r.stamp(word, value)
	default:
		if state.optional { // a destination that is not known
			state.dest, state.optional = "skip", false
		}
	}
}

// destination begins a destination: text that does not go where the text around
// it goes. It reports whether word is one.
func (r *rtfReader) destination(word string) bool {
	state := r.state()
	switch word {
	case "fonttbl", "stylesheet", "title", "author", "subject", "keywords", "doccomm", "creatim", "atnauthor":
		r.flush()
		if state.dest != "skip" {
			state.dest = word
		}
	case "colortbl", "pict", "objdata", "fldinst", "listtable", "listoverridetable", "revtbl", "rsidtbl",
		"generator", "themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl", "info", "operator",
		"company", "manager", "category", "nextfile", "filetbl", "pgdsctbl", "bkmkstart", "bkmkend", "atnid", "atnref",
		"atndate", "atntime", "atrfstart", "atrfend", "tc", "xe", "rxe", "private", "listpicture", "shpinst", "sp", "sn", "sv",
		"nonshppict", "mmathPr", "do", "objclass", "objname", "template", "userprops", "panose", "falt", "fontemb", "pnseclvl",
		"pntxta", "pntxtb", "revtim", "printim", "buptim", "hlinkbase", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "ftncn", "aftncn":
		r.flush()
		if state.dest == "" || word != "info" {
			state.dest = skipOrInfo(word)
		}
	case "shptxt", "shppict", "fldrslt", "result", "upr", "ud": // readers see what is in them
		if word != "shppict" && state.dest != "margin" && state.dest != "footnote" {
			state.dest = ""
		}
		state.optional = false
	case "nesttableprops": // holds no text, but the end of a row
		state.optional = false
	case "footnote", "annotation":
		r.beginFlow(word)
	case "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf":
		r.beginFlow("margin")
	case "listtext", "pntext":
		r.flush()
		state.dest = "listtext"
	default:
		return false
	}
	return true
}

// skipOrInfo returns the destination of a word whose text is not read. The
// information group is not text either, but there are destinations in it that
// are kept.
func skipOrInfo(word string) string {
	if word == "info" {
		return "information"
	}
	return "skip"
}

// beginFlow begins text that stands apart from the running text.
func (r *rtfReader) beginFlow(dest string) {
	r.flush()
	state := r.state()
	if state.dest == "skip" || state.flow {
		return
	}
	state.dest, state.flow, state.optional = dest, true, false
	r.out.beginFlow()
}

// character writes the character that a word stands for, and reports whether it
// stands for one.
func (r *rtfReader) character(word string) bool {
	signs := map[string]string{
		"tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
		"bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ", "softline": "\n",
	}
	sign, found := signs[word]
	if found {
		r.text(sign)
	}
	return found
}

// layout follows the words that part and shape paragraphs, and reports whether
// word is one.
func (r *rtfReader) layout(word string, value int, given bool) bool {
	state := r.state()
	switch word {
	case "par", "sect", "page", "column":
		r.flush()
		if state.dest != "skip" && state.dest != "stylesheet" {
			r.endParagraph()
		}
	case "cell", "nestcell", "row", "nestrow":
		r.flush()
		if state.dest != "skip" {
			r.out.tableWord(word)
		}
	case "pard":
		r.flush()
		r.out.reset()
	case "intbl":
		r.out.inTable = true
	case "s":
		if state.dest == "stylesheet" {
			state.style, state.level = value, 0
		} else {
			r.out.level = r.styles[value]
		}
	case "outlinelevel":
		switch {
		case !given || value < 0 || value > 8:
		case state.dest == "stylesheet":
			state.level = value + 1
		default:
			r.out.level = value + 1
		}
	case "ilvl":
		r.out.indent = min(max(value, 0), wordLevels)
	default:
		return false
	}
	return true
}

// charsetPages returns the code pages of the character sets that fonts have.
func charsetPages() map[int]int {
	return map[int]int{
		0: 1252, 2: 42, 77: 10000, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
		177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
	}
}

// decodeCodePage decodes text in a code page of Windows; those that are not
// known are taken for Western European.
func decodeCodePage(data []byte, page int) string {
	pages := map[int]encoding.Encoding{
		437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855, 862: charmap.CodePage862,
		866: charmap.CodePage866, 874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR,
		950: traditionalchinese.Big5, 1250: charmap.Windows1250, 1251: charmap.Windows1251, 1253: charmap.Windows1253,
		1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257,
		1258: charmap.Windows1258, 10000: charmap.Macintosh, 10007: charmap.MacintoshCyrillic, 20866: charmap.KOI8R, 28591: charmap.ISO8859_1,
		54936: simplifiedchinese.GB18030,
	}
	if page == 65001 {
		return string(data)
	}
	enc, found := pages[page]
	if !found {
		enc = charmap.Windows1252
	}
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return string(data)
	}
	return string(text)
}
