package quantity

// currencySigns are the signs written before (or, for the euro, after) an amount.
var currencySigns = map[rune]string{'$': "USD", '€': "EUR", '£': "GBP", '¥': "JPY"}

// currencyWords are the words written after an amount.
var currencyWords = map[string]string{
	"dollar": "USD", "dollars": "USD", "usd": "USD",
	"euro": "EUR", "euros": "EUR", "eur": "EUR",
	"pounds": "GBP", "gbp": "GBP", "yen": "JPY", "jpy": "JPY",
}

// scales are words that multiply the number before them.
var scales = map[string]float64{
	"hundred": 1e2, "thousand": 1e3, "million": 1e6, "millions": 1e6,
	"billion": 1e9, "billions": 1e9, "trillion": 1e12,
	"mio": 1e6, "millionen": 1e6, "milliarden": 1e9, "tausend": 1e3,
}

// spelledOut are the numbers that texts write in words.
var spelledOut = map[string]float64{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
	"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
	"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
	"nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
	"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
	"zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7,
	"acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12,
}

// units maps unit names to their base unit. Single letters that are common
// words or initials are left out.
var units = map[string]unit{
	"%": {"%", 1}, "percent": {"%", 1}, "percentage": {"%", 1}, "prozent": {"%", 1},
	"°": {"°", 1}, "degrees": {"°", 1},

	"ns": {"s", 1e-9}, "nanoseconds": {"s", 1e-9},
	"µs": {"s", 1e-6}, "us": {"s", 1e-6}, "microseconds": {"s", 1e-6},
	"ms": {"s", 1e-3}, "millisecond": {"s", 1e-3}, "milliseconds": {"s", 1e-3},
	"s": {"s", 1}, "sec": {"s", 1}, "second": {"s", 1}, "seconds": {"s", 1},
	"min": {"s", 60}, "minute": {"s", 60}, "minutes": {"s", 60},
	"h": {"s", 3600}, "hr": {"s", 3600}, "hrs": {"s", 3600}, "hour": {"s", 3600}, "hours": {"s", 3600},
	"day": {"s", 86400}, "days": {"s", 86400}, "week": {"s", 604800}, "weeks": {"s", 604800},
	"month": {"months", 1}, "months": {"months", 1},
	"year": {"months", 12}, "years": {"months", 12},
	"decade": {"months", 120}, "decades": {"months", 120},

	"byte": {"B", 1}, "bytes": {"B", 1},
	"kb": {"B", 1e3}, "mb": {"B", 1e6}, "gb": {"B", 1e9}, "tb": {"B", 1e12},
	"kib": {"B", 1 << 10}, "mib": {"B", 1 << 20}, "gib": {"B", 1 << 30}, "tib": {"B", 1 << 40},

	"mm": {"m", 1e-3}, "cm": {"m", 1e-2}, "m": {"m", 1}, "km": {"m", 1e3},
	"millimetres": {"m", 1e-3}, "millimeters": {"m", 1e-3},
	"centimetres": {"m", 1e-2}, "centimeters": {"m", 1e-2},
	"metre": {"m", 1}, "metres": {"m", 1}, "meter": {"m", 1}, "meters": {"m", 1},
	"kilometre": {"m", 1e3}, "kilometres": {"m", 1e3}, "kilometers": {"m", 1e3},
	"inch": {"m", 0.0254}, "inches": {"m", 0.0254}, "foot": {"m", 0.3048}, "feet": {"m", 0.3048},
	"mile": {"m", 1609.344}, "miles": {"m", 1609.344},

	"mg": {"g", 1e-3}, "g": {"g", 1}, "kg": {"g", 1e3}, "grams": {"g", 1},
	"milligrams": {"g", 1e-3}, "kilograms": {"g", 1e3}, "tonnes": {"g", 1e6},
	"lb": {"g", 453.59237}, "lbs": {"g", 453.59237}, "ounces": {"g", 28.349523},
}

// joining are words after a number that are not what it counts.
var joining = map[string]bool{
	"and": true, "the": true, "for": true, "with": true, "from": true, "that": true,
	"was": true, "were": true, "are": true, "has": true, "had": true, "have": true,
	"when": true, "while": true, "than": true, "then": true, "but": true, "who": true,
	"which": true, "can": true, "will": true, "out": true, "its": true, "their": true,
	"per": true, "into": true, "until": true, "after": true, "before": true, "und": true,
}
