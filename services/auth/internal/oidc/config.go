// Package oidc signs users in with an OpenID provider: authorization code with
// PKCE (RFC 7636), the ID token verified after OpenID Connect Core 1.0, section
// 3.1.3.7. The provider is found by discovery when it is first needed, so that it
// may be down while this program starts.
package oidc

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Config names the provider and this installation's registration with it.
type Config struct {
	// Issuer is the provider, exactly as it names itself in ID tokens.
	Issuer string
	// ClientID and ClientSecret are the registration; without a secret it is a
	// public client, which PKCE alone protects.
	ClientID, ClientSecret string
	// RedirectURL is the page that the provider sends users back to.
	RedirectURL string
	// Scopes are asked for, separated by spaces.
	Scopes string
}

// Configured reports whether there is a provider. It fails when the
// configuration is half of one, or cannot be right.
func (c Config) Configured() (bool, error) {
	if c.Issuer == "" && c.ClientID == "" && c.ClientSecret == "" && c.RedirectURL == "" {
		return false, nil
	}
	for name, value := range map[string]string{
		"OIDC_ISSUER": c.Issuer, "OIDC_CLIENT_ID": c.ClientID, "OIDC_REDIRECT_URL": c.RedirectURL,
	} {
		if value == "" {
			return false, fmt.Errorf("%s is not set, but other OIDC variables are: sign-in with OpenID Connect needs it", name)
		}
	}
	if err := secure(c.Issuer); err != nil {
		return false, fmt.Errorf("OIDC_ISSUER %w", err)
	}
	if err := secure(c.RedirectURL); err != nil {
		return false, fmt.Errorf("OIDC_REDIRECT_URL %w", err)
	}
	if !slices.Contains(strings.Fields(c.Scopes), "openid") {
		return false, errors.New("OIDC_SCOPES must have openid among its words")
	}
	return true, nil
}

// secure refuses an address that secrets should not travel to: all but https,
// and http on this machine.
func secure(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Fragment != "":
		return errors.New("must be an absolute address such as https://login.example.com")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("must begin with https:// (http:// only on this machine)")
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
