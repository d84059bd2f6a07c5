package fonts_test

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
)

func TestEveryScriptHasItsFont(t *testing.T) {
	t.Parallel()
	set := fonts.New()
	cases := []struct {
		name string
		r    rune
		s    fonts.Style
		want fonts.Choice
		font string
	}{
		{name: "text is upright serif", r: 'a', font: "NotoSerif-Regular"},
		{name: "bold", r: 'a', s: fonts.Bold, font: "NotoSerif-Bold"},
		{name: "italic", r: 'ж', s: fonts.Italic, font: "NotoSerif-Italic"},
		{name: "both", r: 'λ', s: fonts.Bold | fonts.Italic, font: "NotoSerif-BoldItalic"},
		{name: "sans has no italic", r: 'a', s: fonts.Sans | fonts.Italic, font: "NotoSans-Regular"},
		{name: "fixed width before all else", r: 'a', s: fonts.Mono | fonts.Bold, font: "DejaVuSansMono", want: fonts.Choice{Embolden: true}},
		{name: "Arabic", r: 'ع', font: "NotoNaskhArabic-Regular"},
		{name: "Arabic in bold", r: 'ع', s: fonts.Bold | fonts.Sans, font: "NotoNaskhArabic-Bold"},
		{name: "Hebrew", r: 'ש', font: "NotoSerifHebrew-Regular"},
		{name: "Thai", r: 'ไ', s: fonts.Bold, font: "NotoSerifThai-Bold"},
		{name: "Devanagari", r: 'न', font: "NotoSerifDevanagari-Regular"},
		{name: "Devanagari is thickened to be bold", r: 'न', s: fonts.Bold, font: "NotoSerifDevanagari-Regular", want: fonts.Choice{Embolden: true}},
		{name: "Chinese", r: '深', font: "DroidSansFallbackFull"},
		{name: "Japanese", r: 'か', font: "DroidSansFallbackFull"},
		{name: "Korean", r: '한', font: "NanumSquareR"},
		{name: "Armenian", r: 'Հ', font: "DejaVuSans"},
		{name: "mathematics", r: '𝔘', font: "NotoSansMath-Regular"},
		{name: "what no font has", r: '\U00013000', font: "NotoSerif-Regular", want: fonts.Choice{Missing: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := set.Choose(c.r, c.s)
			require.NoError(t, err)
			require.Equal(t, c.font, got.Font.Name)
			require.Equal(t, c.want.Embolden, got.Embolden)
			require.Equal(t, c.want.Missing, got.Missing)
		})
	}
}

func TestEveryFileIsAFontThatIsUsed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("files")
	require.NoError(t, err)
	set, used := fonts.New(), map[string]bool{}
	for s := fonts.Style(0); s <= fonts.Bold|fonts.Italic|fonts.Sans|fonts.Mono; s++ {
		for _, f := range set.Chain(t, s) {
			used[f.Name+".ttf"] = true
			require.Positive(t, f.Metrics.Ascent, f.Name)
			require.Negative(t, f.Metrics.Descent, f.Name)
			require.Less(t, f.Metrics.Box[0], f.Metrics.Box[2], f.Name)
			// PDF files take over outlines from these tables.
			for _, tag := range []string{"glyf", "loca", "head", "hhea", "hmtx", "maxp"} {
				table, err := f.Table(tag)
				require.NoError(t, err)
				require.NotEmpty(t, table, "%s of %s", tag, f.Name)
			}
		}
	}
	total := int64(0)
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		total += info.Size()
		if name := entry.Name(); len(name) > 4 && name[len(name)-4:] == ".ttf" {
			require.True(t, used[name], name)
		}
	}
	require.Less(t, total, int64(12<<20), "the service carries all of it")
}

func TestFontsAreReadOnceAndSharedByAll(t *testing.T) {
	t.Parallel()
	set := fonts.New()
	want, err := set.Primary(0)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			got, err := set.Choose('a', 0)
			require.NoError(t, err)
			require.Same(t, want, got.Font)
			part, err := got.Font.Part("head", 12, 4)
			require.NoError(t, err)
			require.Equal(t, []byte{0x5f, 0x0f, 0x3c, 0xf5}, part)
		})
	}
	all.Wait()
}

func TestPartsOutsideATableAreErrors(t *testing.T) {
	t.Parallel()
	f, err := fonts.New().Primary(fonts.Mono)
	require.NoError(t, err)
	for name, where := range map[string][2]int{"beyond the end": {50, 10}, "before the start": {-1, 4}, "of a negative length": {0, -1}} {
		_, err := f.Part("head", where[0], where[1])
		require.Error(t, err, name)
	}
	_, err = f.Part("none", 0, 1)
	require.Error(t, err)
}

func TestWidthsAreThoseOfTheFont(t *testing.T) {
	t.Parallel()
	f, err := fonts.New().Primary(fonts.Mono)
	require.NoError(t, err)
	for _, r := range "iWж" {
		id, has := f.NominalGlyph(r)
		require.True(t, has)
		require.InDelta(t, 602, f.Width(uint16(id)), 0.5)
	}
}
