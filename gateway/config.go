package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
)

// Config is the gateway's part of the environment.
type Config struct {
	// ProjectName is the name shown on the API's page.
	ProjectName string `env:"PROJECT_NAME" envDefault:"Researcher Pro" doc:"name shown on the page of the API"`
	// APIPrefix is the path of the API.
	APIPrefix string `env:"API_V1_STR" envDefault:"/api/v1" doc:"path under which the API is served"`
	// Origins are the web origins whose pages may call the API.
	Origins []string `env:"CORS_ORIGINS" doc:"web origins whose pages may call the API, separated by commas, * for all; unset allows none"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []string `env:"TRUSTED_PROXIES" doc:"networks of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8,::1; unset believes none"`
	// StreamsPerUser and StreamsPerAddress bound what a client keeps open.
	StreamsPerUser    int `env:"STREAMS_PER_USER" envDefault:"200" doc:"how many WebSockets and event streams a user may have open, counted by each gateway for itself"`
	StreamsPerAddress int `env:"STREAMS_PER_ADDRESS" envDefault:"2000" doc:"how many WebSockets and event streams an address may have open, counted by each gateway for itself"`
	// ConnectionsPerAddress is how many connections an address may have at a time.
	ConnectionsPerAddress int `env:"CONNECTIONS_PER_ADDRESS" envDefault:"2048" doc:"connections that one address (IPv6: /64) may have at a time, but for TRUSTED_PROXIES; 0 for any number"`
	// RateLimits are how much a client may ask for.
	RateLimits RateLimits
}

// withDefaults fills what an empty Config leaves open.
func (c Config) withDefaults() Config {
	if c.ProjectName == "" {
		c.ProjectName = "Researcher Pro"
	}
	if c.APIPrefix == "" {
		c.APIPrefix = edge.APIPrefix
	}
	return c
}

// options checks the configuration and returns what the edge needs of it. An
// error is one line that names the variable and what it takes.
func (c Config) options() (edge.Options, error) {
	opts := edge.Options{Prefix: c.APIPrefix}
	if !strings.HasPrefix(c.APIPrefix, "/") || strings.Trim(c.APIPrefix, "/") == "" || strings.ContainsAny(c.APIPrefix, "{}:?# ") {
		return opts, fmt.Errorf("API_V1_STR is malformed, it takes a path such as %s", edge.APIPrefix)
	}
	for _, origin := range c.Origins {
		origin = strings.TrimSpace(origin)
		u, err := url.Parse(origin)
		if origin != "*" && (err != nil || u.Scheme == "" || u.Host == "" || u.Path != "") {
			return opts, errors.New("CORS_ORIGINS is malformed, it takes origins such as https://app.example.com, separated by commas")
		}
		opts.Origins = append(opts.Origins, origin)
	}
	if c.StreamsPerUser < 0 || c.StreamsPerAddress < 0 {
		return opts, errors.New("STREAMS_PER_USER and STREAMS_PER_ADDRESS take positive numbers")
	}
	var err error
	if opts.Proxies, err = edge.ParseNetworks(c.TrustedProxies); err != nil {
		return opts, errors.New("TRUSTED_PROXIES is malformed, it takes networks such as 10.0.0.0/8 or addresses, separated by commas")
	}
	return opts, nil
}
