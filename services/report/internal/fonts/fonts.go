// Package fonts holds the fonts that PDF reports are set in and says which of them
// writes a character. A font is read when it is first needed and then shared by all
// who need it: fonts are only ever read.
package fonts

import (
	"embed"
	"fmt"
	"io"
	"sync"

	"github.com/go-text/typesetting/font"
)

//go:embed files/*.ttf
var files embed.FS

// Style is what a text asks of its font. Bold, italic and the rest may be combined.
type Style uint8

// The styles. Without any a text is set in the upright serif.
const (
	Bold Style = 1 << iota
	Italic
	Sans
	Mono

	styles = 1 << iota
)

// fallback are the fonts that are asked, in this order, for what the font of a style
// does not have. Those for one script come before those for everything.
var fallback = []string{
	"NotoNaskhArabic-Regular", "NotoSerifHebrew-Regular", "NotoSerifThai-Regular", "NotoSerifDevanagari-Regular",
	"NotoSans-Regular", "DroidSansFallbackFull", "NanumSquareR", "NotoSansSymbols-Regular", "NotoSansSymbols2-Regular", "NotoSansMath-Regular",
	"DejaVuSans",
}

// bolder names the bold font of those fallbacks that have one.
var bolder = map[string]string{
	"NotoNaskhArabic-Regular": "NotoNaskhArabic-Bold", "NotoSerifHebrew-Regular": "NotoSerifHebrew-Bold",
	"NotoSerifThai-Regular": "NotoSerifThai-Bold", "NotoSans-Regular": "NotoSans-Bold",
}

// Set is all the fonts. It is safe for concurrent use.
type Set struct {
	chains [styles][]*lazy
}

// Choice is the font for a character.
type Choice struct {
	// Font is never nil.
	Font *Font
	// Embolden is true where bold was asked for and the font is not; whoever draws it
	// thickens its strokes.
	Embolden bool
	// Missing is true where no font has the character.
	Missing bool
}

// lazy is a font that is read when it is first needed.
type lazy struct {
	bold bool
	load func() (*Font, error)
}

// New returns the fonts. Nothing is read yet.
func New() *Set {
	all := map[string]*lazy{}
	get := func(name string) *lazy {
		if all[name] == nil {
			all[name] = &lazy{bold: isBold(name), load: sync.OnceValues(func() (*Font, error) { return open(name) })}
		}
		return all[name]
	}
	s := new(Set)
	for style := range Style(styles) {
		s.chains[style] = append(s.chains[style], get(primary(style)))
		for _, name := range fallback {
			if bold := bolder[name]; bold != "" && style&Bold != 0 {
				name = bold
			}
			s.chains[style] = append(s.chains[style], get(name))
		}
	}
	return s
}

// primary names the font that a style is set in wherever it can be.
func primary(style Style) string {
	switch {
	case style&Mono != 0:
		return "DejaVuSansMono"
	case style&Sans != 0 && style&Bold != 0:
		return "NotoSans-Bold"
	case style&Sans != 0:
		return "NotoSans-Regular"
	}
	return [...]string{"NotoSerif-Regular", "NotoSerif-Bold", "NotoSerif-Italic", "NotoSerif-BoldItalic"}[style&(Bold|Italic)]
}

func isBold(name string) bool {
	return name == "NotoSerif-Bold" || name == "NotoSerif-BoldItalic" || name == "NotoSans-Bold" ||
		name == "NotoNaskhArabic-Bold" || name == "NotoSerifHebrew-Bold" || name == "NotoSerifThai-Bold"
}

// Primary returns the font that a style is set in wherever it can be.
func (s *Set) Primary(style Style) (*Font, error) { return s.chains[style][0].load() }

// Choose returns the font for a character in a style. It fails only if the program
// was built with a broken font, which a test rules out.
func (s *Set) Choose(r rune, style Style) (Choice, error) {
	for _, l := range s.chains[style] {
		f, err := l.load()
		if err != nil {
			return Choice{}, err
		}
		if _, has := f.NominalGlyph(r); has {
			return Choice{Font: f, Embolden: style&Bold != 0 && !l.bold}, nil
		}
	}
	first, err := s.chains[style][0].load()
	return Choice{Font: first, Missing: true}, err
}

// open reads a font.
func open(name string) (*Font, error) {
	file, err := files.Open("files/" + name + ".ttf")
	if err != nil {
		return nil, fmt.Errorf("open font: %w", err)
	}
	// Files that are built in can be read from anywhere, by all at once, without a copy.
	data, ok := file.(interface {
		io.ReadSeeker
		io.ReaderAt
	})
	if !ok {
		return nil, fmt.Errorf("font %s cannot be read from anywhere", name)
	}
	face, err := font.ParseTTF(data)
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", name, err)
	}
	return newFont(name, face.Font, data)
}
