package llm

import (
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// limitPer is the time that servers' limits are for.
const limitPer = time.Minute

// Limits are what a server says about its limits. Tokens are those of requests and
// answers together.
type Limits struct {
	Requests, Tokens Allowance
}

// Allowance is one limit of a server. What is zero it did not say.
type Allowance struct {
	// Limit is how many there may be in any time of Per.
	Limit int64
	Per   time.Duration
	// Reset is after which time all of them are there again.
	Reset time.Duration
	// Spent says that none is left until then.
	Spent bool
}

// limitsOf reads OpenAI's headers, which many servers have, too.
func limitsOf(h http.Header) Limits {
	return Limits{Requests: allowance(h, "requests"), Tokens: allowance(h, "tokens")}
}

// allowance reads one limit out of headers.
func allowance(h http.Header, of string) Allowance {
	limit, err := strconv.ParseInt(h.Get("X-Ratelimit-Limit-"+of), 10, 64)
	if err != nil || limit <= 0 {
		return Allowance{}
	}
	a := Allowance{Limit: limit, Per: limitPer, Spent: h.Get("X-Ratelimit-Remaining-"+of) == "0"}
	a.Reset, _ = pause(h.Get("X-Ratelimit-Reset-" + of)) // zero is that it did not say
	return a
}

// maxPause is the longest pause that is believed.
const maxPause = 24 * time.Hour

// again finds the pause in what servers say, such as "Please try again in 1.2s."
var again = regexp.MustCompile(`(?i)(?:try again|retry|wait)(?: after| in| for)? (?:(\d+)m)?(\d+(?:\.\d+)?) ?(ms|milliseconds?|s|seconds?|m|minutes?)?\b`)

// retryDelay finds the pause in the details that Google's servers add.
var retryDelay = regexp.MustCompile(`"retry_?(?:Delay|after)"\s*:\s*"?(\d+(?:\.\d+)?)s?"?`)

// retryAfter is the pause that a server asks for; 0 if it does not.
func retryAfter(h http.Header, body string, now time.Time) time.Duration {
	if d, ok := pause(h.Get("Retry-After-Ms") + "ms"); ok && d > 0 {
		return d
	}
	if d, ok := pause(h.Get("Retry-After")); ok {
		return d
	}
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		// By its own clock, if it shows it.
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		return within(at.Sub(now))
	}
	if m := again.FindStringSubmatch(body); m != nil {
		minutes, _ := pause(m[1] + "m")
		unit := "s"
		if len(m[3]) > 1 && (m[3][:2] == "ms" || m[3][:3] == "mil") {
			unit = "ms"
		} else if m[3] != "" && m[3][0] == 'm' {
			unit = "m"
		}
		seconds, _ := pause(m[2] + unit)
		return within(minutes + seconds)
	}
	if m := retryDelay.FindStringSubmatch(body); m != nil {
		d, _ := pause(m[1])
		return d
	}
	limits := limitsOf(h)
	var d time.Duration
	for _, a := range []Allowance{limits.Requests, limits.Tokens} {
		if a.Spent {
			d = max(d, a.Reset)
		}
	}
	return d
}

// pause reads a number of seconds, or a time such as 6m0s or 20ms.
func pause(text string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if seconds >= maxPause.Seconds() {
			return maxPause, true
		}
		return within(time.Duration(seconds * float64(time.Second))), seconds >= 0
	}
	d, err := time.ParseDuration(text)
	return within(d), err == nil
}

// within is a pause that may be believed.
func within(d time.Duration) time.Duration { return min(max(d, 0), maxPause) }
