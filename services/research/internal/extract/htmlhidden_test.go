package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExtract_HTMLHiddenBySheet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sheet, element string
		shown          bool
	}{
		"by class":                      {".x{display:none}", `<p class="a x">secret</p>`, false},
		"by id":                         {"#x { visibility : hidden }", `<p id=x>secret</p>`, false},
		"by name":                       {"section{opacity:0}", `<section>secret</section>`, false},
		"by place":                      {"div > .x{font-size:0}", `<div><p class=x>secret</p></div>`, false},
		"one of several selectors":      {"h5, .x, h6{position:absolute;left:-9999px}", `<p class=x>secret</p>`, false},
		"in white on white":             {".x{color:#fff;background-color:#ffffff}", `<p class=x>secret</p>`, false},
		"on screens":                    {"@media screen{.x{display:none}}", `<p class=x>secret</p>`, false},
		"behind a comment":              {"/* .y{ */ .x{display:none} /*", `<p class=x>secret</p>`, false},
		"behind an import":              {"@import 'a.css'; .x{display:none}", `<p class=x>secret</p>`, false},
		"behind a rule that is broken":  {"..{color:red} .x{display:none}", `<p class=x>secret</p>`, false},
		"in two rules":                  {".x{color:white} p{background:white}", `<p class=x>secret</p>`, true}, // neither hides alone
		"on paper only":                 {"@media print{.x{display:none}}", `<p class=x>secret</p>`, true},
		"on small screens only":         {"@media (max-width:600px){.x{display:none}}", `<p class=x>secret</p>`, true},
		"in an animation":               {"@keyframes a{from{opacity:0}} .x{color:red}", `<p class=x>secret</p>`, true},
		"shown again by a later rule":   {".x{display:none} .x{display:block}", `<p class=x>secret</p>`, true},
		"shown by a stronger rule":      {"p.x{display:block} .x{display:none}", `<p class=x>secret</p>`, true},
		"shown by a style of its own":   {".x{display:none}", `<p class=x style="display:block">secret</p>`, true},
		"another class":                 {".y{display:none}", `<p class=x>secret</p>`, true},
		"the whole page, until scripts": {".x{opacity:0}", `<div class=x>secret` + strings.Repeat(" and more", 50) + `</div>`, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.html", []byte("<head><style>"+tc.sheet+"</style><body><p>shown</p>"+tc.element+"<p>also shown, and the end</p>"))
			require.NoError(t, err)
			require.Contains(t, doc.Text, "also shown")
			require.Equal(t, tc.shown, strings.Contains(doc.Text, "secret"), doc.Text)
		})
	}
}
