package gateway

import (
	"fmt"

	"github.com/researcherpro/researcherpro/gateway/internal/limit"
)

// RateLimits are the requests that one user or API key may make in a minute, of each
// kind; Auth and Anonymous are those of one address. 0 is no limit, and so is the
// zero value.
type RateLimits struct {
	Read         int    `env:"RATE_LIMIT_READ" envDefault:"6000" doc:"reads a minute of one user or API key, 0 for no limit"`
	Write        int    `env:"RATE_LIMIT_WRITE" envDefault:"1200" doc:"changes a minute of one user or API key, 0 for no limit"`
	Start        int    `env:"RATE_LIMIT_START" envDefault:"240" doc:"analyses, research and reports started a minute by one user or API key, 0 for no limit"`
	Ask          int    `env:"RATE_LIMIT_ASK" envDefault:"240" doc:"questions to models a minute of one user or API key, 0 for no limit"`
	Search       int    `env:"RATE_LIMIT_SEARCH" envDefault:"600" doc:"searches a minute of one user or API key, 0 for no limit"`
	Upload       int    `env:"RATE_LIMIT_UPLOAD" envDefault:"600" doc:"documents added a minute by one user or API key, 0 for no limit"`
	Download     int    `env:"RATE_LIMIT_DOWNLOAD" envDefault:"600" doc:"files read a minute by one user or API key, or through links by one address, 0 for no limit"`
	Stream       int    `env:"RATE_LIMIT_STREAM" envDefault:"600" doc:"WebSockets and event streams opened a minute by one user or API key, 0 for no limit"`
	Auth         int    `env:"RATE_LIMIT_AUTH" envDefault:"300" doc:"sign-ins, sign-ups and renewals a minute from one address (IPv6: /64), 0 for no limit"`
	Anonymous    int    `env:"RATE_LIMIT_ANONYMOUS" envDefault:"600" doc:"requests a minute without a good token from one address (IPv6: /64), 0 for no limit"`
	WithoutRedis string `env:"RATE_LIMIT_WITHOUT_REDIS" envDefault:"local" doc:"while Redis is away: local counts in each replica, open lets all through, closed refuses"`
}

// guard returns what keeps the limits.
func (l RateLimits) guard(behind Backend) (*limit.Guard, error) {
	limiter, err := limit.New(behind.Redis, limit.Options{
		PerMinute: map[limit.Class]int{
			limit.Read: l.Read, limit.Write: l.Write, limit.Start: l.Start, limit.Ask: l.Ask, limit.Search: l.Search,
			limit.Upload: l.Upload, limit.Download: l.Download, limit.Stream: l.Stream,
			limit.Auth: l.Auth, limit.Anonymous: l.Anonymous,
		},
		WithoutRedis: l.WithoutRedis,
	})
	if err != nil {
		return nil, fmt.Errorf("RATE_LIMIT_…: %w", err)
	}
	return limit.NewGuard(limiter, behind.Callers)
}
