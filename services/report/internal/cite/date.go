package cite

import (
	"fmt"
	"strconv"
	"strings"
)

// date is a day, a month or a year; parts that are not known are 0.
type date struct{ year, month, day int }

// parseDate reads `2021`, `2021-05` or `2021-05-17`; what else is no date. Of one that
// is right at the start only, that part is kept.
func parseDate(text string) date {
	parts := strings.SplitN(text, "-", 3)
	// A part counts if it has as many digits as it should and is one that exists.
	number := func(i, digits, most int) int {
		if i >= len(parts) || len(parts[i]) != digits {
			return 0
		}
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 1 || n > most {
			return 0
		}
		return n
	}
	d := date{year: number(0, 4, 9999)}
	if d.year > 0 {
		d.month = number(1, 2, 12)
	}
	if d.month > 0 {
		d.day = number(2, 2, 31)
	}
	return d
}

// iso writes a date in the notation that it is read from.
func (d date) iso() string {
	switch {
	case d.day > 0:
		return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
	case d.month > 0:
		return fmt.Sprintf("%04d-%02d", d.year, d.month)
	case d.year > 0:
		return fmt.Sprintf("%04d", d.year)
	}
	return ""
}

// monthName is the whole name of a month; the manuals are English, and so are the words
// that they prescribe.
func (d date) monthName() string {
	return [...]string{
		"", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	}[d.month]
}

// monthShort is the first three letters of a month.
func (d date) monthShort() string {
	if d.month == 0 {
		return ""
	}
	return d.monthName()[:3]
}

// monthDotted is a month as IEEE abbreviates it: `Jan.`, but `May`.
func (d date) monthDotted() string {
	switch short := d.monthShort(); short {
	case "", "May":
		return short
	default:
		return short + "."
	}
}

// monthDay writes `May 17`, `May`, or nothing.
func (d date) monthDay(month string) string {
	if d.day > 0 {
		return month + " " + strconv.Itoa(d.day)
	}
	return month
}

// yearText is the year; empty if it is not known.
func (d date) yearText() string {
	if d.year == 0 {
		return ""
	}
	return strconv.Itoa(d.year)
}
