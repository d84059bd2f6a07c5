package fetch_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

func TestFreshUntil(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		header map[string]string
		want   time.Duration
	}{
		"nothing is said":                    {nil, 0},
		"max-age":                            {map[string]string{"Cache-Control": "public, max-age=60"}, time.Minute},
		"s-maxage is for us":                 {map[string]string{"Cache-Control": "max-age=60, s-maxage=120"}, 2 * time.Minute},
		"max-age before Expires":             {map[string]string{"Cache-Control": "max-age=60", "Expires": at(time.Hour)}, time.Minute},
		"Expires counts from Date":           {map[string]string{"Date": at(-time.Minute), "Expires": at(time.Hour)}, time.Hour},
		"Expires without Date":               {map[string]string{"Expires": at(time.Hour)}, time.Hour},
		"Expires that is no date is past":    {map[string]string{"Expires": "0", "Last-Modified": at(-240 * time.Hour)}, 0},
		"Expires in the past":                {map[string]string{"Expires": at(-time.Hour)}, 0},
		"Age is taken off":                   {map[string]string{"Cache-Control": "max-age=60", "Age": "45"}, 15 * time.Second},
		"an old Date is taken off":           {map[string]string{"Cache-Control": "max-age=60", "Date": at(-20 * time.Second)}, 40 * time.Second},
		"older than its life":                {map[string]string{"Cache-Control": "max-age=60", "Age": "600"}, 0},
		"no-cache":                           {map[string]string{"Cache-Control": "no-cache, max-age=60"}, 0},
		"no-cache in other letters":          {map[string]string{"Cache-Control": "No-Cache"}, 0},
		"a tenth of its age is guessed":      {map[string]string{"Last-Modified": at(-10 * time.Hour)}, time.Hour},
		"no more than a day is guessed":      {map[string]string{"Last-Modified": at(-10000 * time.Hour)}, 24 * time.Hour},
		"changed in the future":              {map[string]string{"Last-Modified": at(10 * time.Hour)}, 0},
		"max-age=0 is not guessed":           {map[string]string{"Cache-Control": "max-age=0", "Last-Modified": at(-10 * time.Hour)}, 0},
		"what cannot be read is stale":       {map[string]string{"Cache-Control": "max-age=soon"}, 0},
		"negative is stale":                  {map[string]string{"Cache-Control": "max-age=-5"}, 0},
		"quoted":                             {map[string]string{"Cache-Control": `max-age="60"`}, time.Minute},
		"a year is a month":                  {map[string]string{"Cache-Control": "max-age=31536000"}, 30 * 24 * time.Hour},
		"a number that is too large":         {map[string]string{"Cache-Control": "max-age=99999999999999999999"}, 30 * 24 * time.Hour},
		"the first of two counts":            {map[string]string{"Cache-Control": "max-age=60, max-age=600"}, time.Minute},
		"an Age that is none is not counted": {map[string]string{"Cache-Control": "max-age=60", "Age": "old"}, time.Minute},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for k, v := range tc.header {
				h.Set(k, v)
			}
			require.Equal(t, tc.want, fetch.FreshUntil(h, now).Sub(now))
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "-1": 0, "soon": 0, "999999999999": 24 * time.Hour,
		"Fri, 02 Jan 2026 12:01:00 GMT": time.Minute, "Fri, 02 Jan 2026 11:00:00 GMT": 0,
	} {
		require.Equal(t, want, fetch.RetryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
}

func TestPolite(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := fetch.NewPolite(c.now)
	busy := func(key string) time.Duration {
		release, err := p.Acquire(t.Context(), key)
		if err == nil {
			release(fetch.Told{})
			return 0
		}
		var b *connector.Busy
		require.ErrorAs(t, err, &b)
		return b.After
	}
	require.Zero(t, busy("a"))
	require.Zero(t, busy("a"), "a burst of two")
	require.Equal(t, time.Second, busy("a"))
	require.Zero(t, busy("b"), "hosts do not wait for each other")
	c.advance(400 * time.Millisecond)
	require.Equal(t, 600*time.Millisecond, busy("a"))
	c.advance(600 * time.Millisecond)
	require.Zero(t, busy("a"))
	require.Equal(t, time.Second, busy("a"), "one a second from then on")
}

func TestPolite_TwoAtOnce(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := fetch.NewPolite(c.now)
	first, err := p.Acquire(t.Context(), "a")
	require.NoError(t, err)
	_, err = p.Acquire(t.Context(), "a")
	require.NoError(t, err)
	c.advance(time.Hour)
	_, err = p.Acquire(t.Context(), "a")
	require.Error(t, err, "two are at it still")
	first(fetch.Told{})
	first(fetch.Told{}) // releasing twice releases once
	_, err = p.Acquire(t.Context(), "a")
	require.NoError(t, err)
	_, err = p.Acquire(t.Context(), "a")
	require.Error(t, err)
}

func TestPolite_LeavesAHostAloneThatWasAskedTooOften(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := fetch.NewPolite(c.now)
	for said, wait := range map[time.Duration]time.Duration{0: time.Second, time.Minute: time.Minute} {
		key := said.String()
		release, err := p.Acquire(t.Context(), key)
		require.NoError(t, err)
		release(fetch.Told{Limited: true, RetryAfter: said})
		_, err = p.Acquire(t.Context(), key)
		var busy *connector.Busy
		require.ErrorAs(t, err, &busy)
		require.Equal(t, wait, busy.After)
		c.advance(wait)
		_, err = p.Acquire(t.Context(), key)
		require.NoError(t, err)
	}
}

func TestPolite_ForgetsIdleHosts(t *testing.T) {
	t.Parallel()
	c := newClock()
	p := fetch.NewPolite(c.now)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 3000 {
				release, err := p.Acquire(context.WithoutCancel(t.Context()), string(rune('a'+worker))+time.Duration(i).String())
				if err == nil {
					release(fetch.Told{})
				}
				c.advance(time.Millisecond)
			}
		})
	}
	group.Wait()
	require.Less(t, p.Hosts(), 6000, "what is idle is forgotten")
}
