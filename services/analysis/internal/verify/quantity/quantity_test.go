package quantity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

func TestFind(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text  string
		value float64
		unit  string
		noun  string
		span  string
	}{
		"plain number counts the noun after it": {"It runs 12 replicas.", 12, "", "replicas", "12"},
		"thousands":                             {"It has 1,234,567 rows.", 1234567, "", "rows", "1,234,567"},
		"decimals":                              {"It scored 0.676 nDCG.", 0.676, "", "ndcg", "0.676"},
		"decimal comma":                         {"Es dauerte 2,5 Tage.", 2.5, "", "tage", "2,5"},
		"scale":                                 {"About 3.1 million people.", 3.1e6, "", "people", "3.1 million"},
		"percent sign":                          {"Only 40% agreed.", 40, "%", "", "40%"},
		"per cent in words":                     {"Only 40 per cent agreed.", 40, "%", "", "40 per cent"},
		"dollars":                               {"It cost $2.5 billion then.", 2.5e9, "USD", "", "$2.5 billion"},
		"euros behind the amount":               {"It cost 40 € then.", 40, "EUR", "", "40 €"},
		"time in its base unit":                 {"It took 40 ms.", 0.04, "s", "", "40 ms"},
		"minutes in seconds":                    {"A 2-minute pause.", 120, "s", "", "2-minute"},
		"binary bytes":                          {"At most 2 MiB.", 2 << 20, "B", "", "2 MiB"},
		"year":                                  {"It began in 1984.", 1984, "year", "", "1984"},
		"spelled out":                           {"It has three parts.", 3, "", "parts", "three"},
		"spelled out with a unit":               {"It took one hour.", 3600, "s", "", "one hour"},
		"the full stop is not decimal":          {"There were 7.", 7, "", "", "7"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := quantity.Find(tc.text)
			require.Len(t, found, 1)
			require.InDelta(t, tc.value, found[0].Value, tc.value*1e-9)
			require.Equal(t, tc.unit, found[0].Unit)
			require.Equal(t, tc.noun, found[0].Noun)
			require.Equal(t, tc.span, tc.text[found[0].Start:found[0].End])
		})
	}
}

func TestFind_LeavesOutWhatIsNoQuantity(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"identifiers": "Use int64 or x_2 here.",
		"versions":    "Since 1.2.3 it works.",
		"a pronoun":   "No one knows the one who asked.",
		"no text":     "",
		"broken utf8": "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, quantity.Find(text))
		})
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"same number":                     {"12 rows", "12 rows", true},
		"in words and in digits":          {"three rows", "3 rows", true},
		"same time in another unit":       {"60 seconds", "1 minute", true},
		"rounded":                         {"3.1 million", "3,097,412", true},
		"round number for an exact one":   {"6,000 people", "5,971 people", true},
		"not within rounding":             {"3.1 million", "3,197,412", false},
		"ten times as much":               {"40 ms", "400 ms", false},
		"exact numbers differ":            {"41 rows", "42 rows", false},
		"years are never rounded":         {"1990", "1991", false},
		"another unit":                    {"40 %", "40 km", false},
		"a year against a plain number":   {"1984", "1984 rows", true},
		"a plain number against its unit": {"40", "40 %", true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := quantity.Find(tc.a), quantity.Find(tc.b)
			require.Len(t, a, 1)
			require.Len(t, b, 1)
			require.Equal(t, tc.want, quantity.Agree(a[0], b[0]))
			require.Equal(t, tc.want, quantity.Agree(b[0], a[0]), "agreement has no direction")
		})
	}
}

func TestComparable(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"same unit":            {"40 ms", "2 hours", true},
		"same noun":            {"4 replicas", "one hour and 1 replica", false},
		"singular and plural":  {"4 replicas", "21 replica", true},
		"another noun":         {"4 replicas", "7 tables", false},
		"numbers without noun": {"4.", "7.", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, quantity.Comparable(quantity.Find(tc.a)[0], quantity.Find(tc.b)[0]))
		})
	}
}
