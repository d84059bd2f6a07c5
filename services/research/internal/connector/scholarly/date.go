package scholarly

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date returns a date with the precision that is known: 2021, 2021-05 or
// 2021-05-17. Parts that cannot be are taken as unknown; without a year it is "".
func Date(year, month, day int) string {
	switch {
	case year < 1000 || year > 2999:
		return ""
	case month < 1 || month > 12:
		return fmt.Sprintf("%04d", year)
	case day < 1 || day > 31:
		return fmt.Sprintf("%04d-%02d", year, month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

// ParseDate reads a date of the form 2021, 2021-05 or 2021-05-17, with or
// without a time after it; "" if it is none.
func ParseDate(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "T")
	var parts [3]int
	for i, p := range strings.SplitN(s, "-", 3) {
		n, err := strconv.Atoi(p)
		if err != nil {
			break
		}
		parts[i] = n
	}
	return Date(parts[0], parts[1], parts[2])
}

// Month returns the number of a month that is given as a number, or by its
// English name or the first three letters of it; 0 if it is none.
func Month(s string) int {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 12 {
		return n
	}
	if len(s) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(s[:3], m.String()[:3]) {
			return int(m)
		}
	}
	return 0
}
