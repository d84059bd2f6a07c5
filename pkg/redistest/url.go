package redistest

import (
	"net/url"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// urlOf writes options that came from a URL as one again.
func urlOf(opts *redis.Options) string {
	u := url.URL{Scheme: "redis", Host: opts.Addr, Path: "/" + strconv.Itoa(opts.DB)}
	if opts.TLSConfig != nil {
		u.Scheme = "rediss"
	}
	if opts.Password != "" {
		u.User = url.UserPassword(opts.Username, opts.Password)
	}
	return u.String()
}
