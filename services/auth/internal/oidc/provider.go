package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// timeout bounds each request to the provider.
	timeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 1 << 20
	// knownFor is how long what discovery found is used. Changed signing keys are
	// found without it, when a token names one that is not known.
	knownFor = time.Hour
)

// algorithms are those that an ID token may be signed with, of which the provider
// names its own. No "none", and nothing that is keyed with our own secret.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

// provider is a provider that was found.
type provider struct {
	*oidc.Provider
	oauth oauth2.Config
	keys  oidc.KeySet // fetched when they are needed, and kept
	algs  []string
	found time.Time
}

// find returns the provider. One that was found before is used on when it cannot
// be found again.
func (c *Client) find(ctx context.Context) (*provider, error) {
	known := c.known.Load()
	if known != nil && c.now().Sub(known.found) < knownFor {
		return known, nil
	}
	// All who want to know at the same time wait for one question. Whoever asked
	// first may hang up; the others still want the answer.
	result := c.finding.DoChan("", func() (any, error) {
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		p, err := c.discover(asking)
		if err == nil {
			c.known.Store(p)
		}
		return p, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-result:
		if p, ok := r.Val.(*provider); ok && r.Err == nil {
			return p, nil
		}
		if known != nil {
			return known, nil
		}
		return nil, fmt.Errorf("find the OpenID provider %s: %w: %w", c.cfg.Issuer, errs.Unavailable, r.Err)
	}
}

// metadata is what we read of a provider's metadata beside the library.
type metadata struct {
	Keys        string   `json:"jwks_uri"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
}

// discover reads the provider's metadata (OpenID Connect Discovery 1.0), which
// has to be that of the configured issuer.
func (c *Client) discover(ctx context.Context) (*provider, error) {
	ctx = oidc.ClientContext(ctx, c.http)
	found, err := oidc.NewProvider(ctx, c.cfg.Issuer)
	if err != nil {
		return nil, err
	}
	var said metadata
	if err := found.Claims(&said); err != nil {
		return nil, err
	}
	endpoint := found.Endpoint()
	for name, address := range map[string]string{
		"authorization_endpoint": endpoint.AuthURL, "token_endpoint": endpoint.TokenURL, "jwks_uri": said.Keys,
	} {
		if err := secure(address); err != nil {
			return nil, fmt.Errorf("%s of the provider %w", name, err)
		}
	}
	endpoint.AuthStyle = c.authStyle(said.AuthMethods)
	return &provider{
		Provider: found,
		found:    c.now(),
		keys:     oidc.NewRemoteKeySet(context.WithoutCancel(ctx), said.Keys),
		algs:     slices.DeleteFunc(said.Algorithms, func(alg string) bool { return !slices.Contains(algorithms, alg) }),
		oauth: oauth2.Config{
			ClientID: c.cfg.ClientID, ClientSecret: c.cfg.ClientSecret, Endpoint: endpoint,
			RedirectURL: c.cfg.RedirectURL, Scopes: strings.Fields(c.cfg.Scopes),
		},
	}, nil
}

// keySet remembers why a signature could not be verified: of that, the library's
// verifier passes the text on only.
type keySet struct {
	oidc.KeySet
	failed error
}

// VerifySignature implements oidc.KeySet.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, token)
	k.failed = err
	return payload, err
}

// authStyle is how this client shows who it is. Trying out, as oauth2 would, could
// use the code up.
func (c *Client) authStyle(supported []string) oauth2.AuthStyle {
	basic := len(supported) == 0 || slices.Contains(supported, "client_secret_basic") // the default of Discovery
	if c.cfg.ClientSecret != "" && basic {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// httpClient returns a client that waits and reads only so much.
func httpClient() *http.Client {
	return &http.Client{Timeout: timeout, Transport: transport{http.DefaultTransport}}
}

// transport ends answers after maxAnswer bytes, and takes a provider that answers
// that it cannot for one that does not answer.
type transport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("the provider answers %s", answer.Status)
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	return answer, nil
}

// unreachable gives an error the kind Unavailable when it comes of a provider that
// did not answer, else Unauthenticated.
func unreachable(err error) error {
	_, ok := errors.AsType[*url.Error](err)
	switch {
	case ok, errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", errs.Unavailable, err)
	}
	return fmt.Errorf("%w: %w", errs.Unauthenticated, err)
}
