package expected

// miss says why a string is not found.
type miss struct {
	reason string
	others bool // it is the other tool's own, so that nobody else looks for it
}

// The reasons that several strings share.
const (
	picture  = "stands in a picture; there is no character recognition"
	computed = "a number that the other tool makes of words and signs; the text has it as it is written"
	twice    = "the other tool's tests expect two forms of one value"
)

// known are the strings that are known to be missed, by file and text.
var known = map[string]map[string]miss{
	"testOCR.pdf": {
		"Happy": {reason: picture}, "Happy New Year": {reason: picture}, "Happy New Year 2003!": {reason: picture},
	},
	"testOCR.pptx":                    {"Happy New Year 2003": {reason: picture}},
	"testPDF_JBIG2.pdf":               {"Norconex": {reason: picture}},
	"testPDF_XFA_govdocs1_258578.pdf": {"PARK": {reason: picture}, "NATIONAL": {reason: picture}},
	"testHTML_embedded_img.html":      {"moscow-birds": {reason: "a keyword in the data of a picture"}},
	"testEXCEL-formats.xlsx": {
		"03/10/2009":       {reason: "a date in the order of the reader's country; written year first, which is everybody's"},
		"19/01/2008 04:35": {reason: "a date in the order of the reader's country; written year first, which is everybody's"},
		"2%":               {reason: twice + ": 0.025 as a whole percentage; Excel shows 3%", others: true},
	},
	"testPDF_bad_page_303226.pdf": {"Unknown dir": {reason: "a message of the other tool", others: true}},
	"example.xml":                 {"text/xml": {reason: "the type that the other tool prints", others: true}},
	"testPhoneNumberExtractor.odt": {
		"9496666666": {reason: computed, others: true},
		"9495555555": {reason: computed, others: true},
		"4193404645": {reason: computed, others: true},
		"9044687081": {reason: computed, others: true},
		"2604094811": {reason: computed, others: true},
	},
}
