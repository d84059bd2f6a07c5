package rank

import (
	"math"
	"time"
)

// Half-lives of a source's worth, in days: of a question that asks for the state
// of things, and of any other. Knowledge of most fields is cited for well over
// five years, news for weeks.
const (
	shortHalfLife = 180
	longHalfLife  = 5 * 365
)

// unknownRecency is that of a source without a date: neither new nor old.
const unknownRecency = 0.5

// recency returns how recent a publication is: 1 now, half of it after each
// half-life in days. Of a month or year alone its middle counts.
func recency(published string, now time.Time, halfLife float64) float64 {
	from, to, known := period(published)
	if !known || now.IsZero() {
		return unknownRecency
	}
	if to.After(now) {
		to = now // of the present year only its past
	}
	age := now.Sub(from.Add(to.Sub(from) / 2))
	return clamp(math.Exp2(-max(age.Hours()/24, 0) / halfLife))
}

// period returns the first moment of a day, month or year, and the first one after
// it.
func period(published string) (from, to time.Time, known bool) {
	layout, years, months, days := "", 0, 0, 0
	switch len(published) {
	case len("2006"):
		layout, years = "2006", 1
	case len("2006-01"):
		layout, months = "2006-01", 1
	case len(time.DateOnly):
		layout, days = time.DateOnly, 1
	default:
		return from, to, false
	}
	from, err := time.Parse(layout, published)
	return from, from.AddDate(years, months, days), err == nil
}
