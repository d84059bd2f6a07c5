// Package oidctest is a small OpenID provider for tests: discovery, keys, and a
// token endpoint that checks the client, the code, the page and PKCE. Its fields
// make it answer wrongly.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/oidc"
)

// The registration of the one client that the provider knows.
const (
	ClientID     = "researcher-pro"
	ClientSecret = "the client's secret at the provider"
	RedirectURL  = "https://research.example.com/signed-in"
)

// accessToken is the access token of everybody.
const accessToken = "an access token"

// Provider is a running provider. Set its fields before the request that they
// are for, and not while one runs.
type Provider struct {
	// URL is where it runs, and its issuer.
	URL string
	// Method signs ID tokens: RS256, which is the default, or ES256.
	Method jwt.SigningMethod
	// Change edits the claims of an ID token before it is signed.
	Change func(claims jwt.MapClaims)
	// Sign makes the ID token in place of the provider.
	Sign func(claims jwt.MapClaims) string
	// Metadata edits what discovery answers.
	Metadata func(metadata map[string]any)
	// Intercept answers in place of the provider when it returns true.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
	// Public makes the client one without a secret.
	Public bool
	// UserInfo is what the user info endpoint answers; nil when there is none.
	UserInfo jwt.MapClaims

	mu    sync.Mutex
	rsa   *rsa.PrivateKey
	ec    *ecdsa.PrivateKey
	codes map[string]grant
}

// grant is what a code is good for.
type grant struct {
	challenge, redirect string
	claims              jwt.MapClaims
}

// Start starts a provider, which ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{Method: jwt.SigningMethodRS256, codes: map[string]grant{}}
	p.Rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Intercept == nil || !p.Intercept(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Rotate replaces the signing keys.
func (p *Provider) Rotate(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	p.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
}

// Config is the configuration of a client of the provider.
func (p *Provider) Config() oidc.Config {
	c := oidc.Config{
		Issuer: p.URL, ClientID: ClientID, ClientSecret: ClientSecret,
		RedirectURL: RedirectURL, Scopes: "openid email profile",
	}
	if p.Public {
		c.ClientSecret = ""
	}
	return c
}

// Claims are those of a user with a verified address.
func Claims(subject, email string) jwt.MapClaims {
	return jwt.MapClaims{"sub": subject, "email": email, "email_verified": true, "name": "Ada Lovelace"}
}

// SignIn lets a user sign in at an authorization address, and returns the code and
// the state that the user is sent back with.
func (p *Provider) SignIn(t testing.TB, address string, user jwt.MapClaims) (code, state string) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	require.Equal(t, p.URL+"/authorize", u.Scheme+"://"+u.Host+u.Path)
	require.Equal(t, "code", q.Get("response_type"))
	require.Equal(t, ClientID, q.Get("client_id"))
	require.Equal(t, RedirectURL, q.Get("redirect_uri"))
	require.Equal(t, "openid email profile", q.Get("scope"))
	require.Equal(t, "S256", q.Get("code_challenge_method"))
	require.GreaterOrEqual(t, len(q.Get("state")), 22, "128 bits")
	require.GreaterOrEqual(t, len(q.Get("nonce")), 22)

	claims := maps.Clone(user)
	claims["nonce"] = q.Get("nonce")
	code = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = grant{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), claims: claims}
	return code, q.Get("state")
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	metadata := map[string]any{
		"issuer":                                p.URL,
		"authorization_endpoint":                p.URL + "/authorize",
		"token_endpoint":                        p.URL + "/token",
		"jwks_uri":                              p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"},
	}
	if p.UserInfo != nil {
		metadata["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	if p.Metadata != nil {
		p.Metadata(metadata)
	}
	answer(w, http.StatusOK, metadata)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	point, err := p.ec.PublicKey.Bytes() // 4, then the coordinates
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]string{
		{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "RS256" + p.generation(),
			"n": b64(p.rsa.N.Bytes()), "e": b64(big.NewInt(int64(p.rsa.E)).Bytes()),
		},
		{
			"kty": "EC", "alg": "ES256", "use": "sig", "kid": "ES256" + p.generation(), "crv": "P-256",
			"x": b64(point[1:33]), "y": b64(point[33:]),
		},
	}})
}

// generation tells the keys before and after Rotate apart.
func (p *Provider) generation() string {
	sum := sha256.Sum256(p.rsa.N.Bytes())
	return b64(sum[:4])
}

// token exchanges a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	// The secret is sent form-encoded (RFC 6749, section 2.3.1).
	secret, _ = url.QueryUnescape(secret)
	if id != ClientID || p.Public == basic || !p.Public && secret != ClientSecret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	g, ok := p.codes[code]
	delete(p.codes, code)
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("grant_type") != "authorization_code" ||
		r.PostFormValue("redirect_uri") != g.redirect || b64(proof[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	idToken, err := p.idToken(g.claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": accessToken, "token_type": "Bearer", "expires_in": 60, "id_token": idToken,
	})
}

// idToken makes an ID token with the claims of a user.
func (p *Provider) idToken(user jwt.MapClaims) (string, error) {
	now, half := time.Now(), sha256.Sum256([]byte(accessToken))
	claims := jwt.MapClaims{
		"iss": p.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"at_hash": b64(half[:16]),
	}
	maps.Copy(claims, user)
	if p.Change != nil {
		p.Change(claims)
	}
	if p.Sign != nil {
		return p.Sign(claims), nil
	}
	var key crypto.Signer = p.rsa
	if p.Method == jwt.SigningMethodES256 {
		key = p.ec
	}
	t := jwt.NewWithClaims(p.Method, claims)
	t.Header["kid"] = p.Method.Alg() + p.generation()
	return t.SignedString(key)
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+accessToken {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	answer(w, http.StatusOK, p.UserInfo)
}

// RSAPublic is the public key that RS256 tokens are verified with, as PEM-free
// bytes: what an attacker would use as the secret of HS256.
func (p *Provider) RSAPublic() []byte { return p.rsa.N.Bytes() }

// answer writes JSON.
func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone has no use for it
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
