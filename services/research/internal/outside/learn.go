package outside

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/pkg/governor"
)

const (
	// longestWindow is the longest time whose limit is learnt as a rate. The limit of
	// a month says nothing about how many may come in a second.
	longestWindow = time.Minute
	// epoch tells the time of a reset from the seconds until it.
	epoch = 1_000_000_000
)

// lesson is what an answer says about limits.
type lesson struct {
	rate governor.Rate
	// pause is how long nothing may be sent, because everything is used up.
	pause time.Duration
}

// retryAfter reads the header of that name, which holds seconds or a date
// (RFC 9110, section 10.2.3); zero if there is none, or none that makes sense.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return inSeconds(seconds)
	}
	when, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	// The date is by the other side's clock, so it is held against that.
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return max(when.Sub(now), 0)
}

// inSeconds is a number of seconds as a duration, nonsense as zero.
func inSeconds(n float64) time.Duration {
	if math.IsNaN(n) || n <= 0 || n > 1e9 {
		return 0
	}
	return time.Duration(n * float64(time.Second))
}

// crossref reads what Crossref sends: x-rate-limit-limit, x-rate-limit-interval and
// x-concurrency-limit.
func crossref(h http.Header) lesson {
	requests, _ := strconv.Atoi(h.Get("X-Rate-Limit-Limit")) // what is no number is not told
	per, _ := time.ParseDuration(h.Get("X-Rate-Limit-Interval"))
	atOnce, _ := strconv.Atoi(h.Get("X-Concurrency-Limit"))
	if per > longestWindow {
		requests = 0
	}
	return lesson{rate: governor.Rate{Requests: requests, Per: per, Concurrency: atOnce}}
}

// windows reads X-RateLimit-Policy ("1;w=1, 2000;w=2592000": so many in so many
// seconds), -Remaining and -Reset, which have a number for each window, the shortest
// first. What of it an API really sends is not documented well, so each is taken as
// far as it can be understood.
func windows(h http.Header) lesson {
	var l lesson
	for policy := range strings.SplitSeq(h.Get("X-RateLimit-Policy"), ",") {
		count, window, _ := strings.Cut(policy, ";w=")
		requests, err := strconv.Atoi(strings.TrimSpace(count))
		seconds, err2 := strconv.ParseFloat(strings.TrimSpace(window), 64)
		if per := inSeconds(seconds); err == nil && err2 == nil && per > 0 && per <= longestWindow {
			l.rate = governor.Rate{Requests: requests, Per: per}
			break
		}
	}
	resets := strings.Split(h.Get("X-RateLimit-Reset"), ",")
	for i, left := range strings.Split(h.Get("X-RateLimit-Remaining"), ",") {
		if n, err := strconv.ParseFloat(strings.TrimSpace(left), 64); err != nil || n > 0 || i >= len(resets) {
			continue
		}
		l.pause = max(l.pause, untilReset(strings.TrimSpace(resets[i])))
	}
	return l
}

// untilReset reads seconds, or a time in seconds since 1970.
func untilReset(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && n >= epoch && n < 10*epoch {
		return max(time.Until(time.Unix(int64(n), 0)), 0)
	}
	return inSeconds(n)
}
