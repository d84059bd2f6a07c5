// Package process runs a service of the fleet as a process of its own: its
// configuration, what every service opens, the listeners, and an orderly stop.
package process

import (
	"time"

	"github.com/researcherpro/researcherpro/pkg/telemetry"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// Common is the configuration that every service with a database takes.
type Common struct {
	DatabaseURL   string `env:"DATABASE_URL,required" doc:"PostgreSQL of this service, with its own login role: postgres://…" secret:"true"`
	RedisURL      string `env:"REDIS_URL,required" doc:"Redis for live notification, limits and cache: redis://…" secret:"true"`
	SecretKey     string `env:"SECRET_KEY,required" doc:"secret of the fleet, the same for every service; at least 32 bytes" secret:"true"`
	Algorithm     string `env:"ALGORITHM" envDefault:"EdDSA" doc:"how access tokens are signed: EdDSA, or HS256 with SECRET_KEY"`
	TokenMinutes  int    `env:"ACCESS_TOKEN_EXPIRE_MINUTES" envDefault:"30" doc:"how long an access token is good for, in minutes"`
	ProjectName   string `env:"PROJECT_NAME" envDefault:"Researcher Pro" doc:"name of this installation"`
	DatabaseConns int    `env:"DATABASE_MAX_CONNS" envDefault:"10" doc:"most connections to PostgreSQL; the jobs of a service have up to four more"`
	TLS           tlsx.Config
	Telemetry     telemetry.Config
}

// TokenLife is how long an access token is good for.
func (c Common) TokenLife() time.Duration { return time.Duration(c.TokenMinutes) * time.Minute }
