package authn_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// jwk is a key of the vectors (RFC 7517), or a set of them.
type jwk struct {
	Kty, Crv, Alg, Use, K, X string
	KeyOps                   []string `json:"key_ops"`
	Keys                     []jwk
}

// vectorFile is a file of Project Wycheproof with JWS or JWE in it.
type vectorFile struct {
	TestGroups []struct {
		Comment         string
		Private, Public *jwk
		Tests           []vector
	}
}

// vector is one of them; the result is "valid", "invalid" or "acceptable".
type vector struct {
	TcID     int `json:"tcId"`
	Comment  string
	JWS, JWE json.RawMessage
	Result   string
	Flags    []string
}

// token returns the text of the vector, which is an object in JSON serialization.
func (v vector) token() string {
	raw := v.JWS
	if raw == nil {
		raw = v.JWE
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}

// vectors reads the files of a folder under the test data, or skips the test.
func vectors(t *testing.T, pattern string) map[string]vectorFile {
	t.Helper()
	root := os.Getenv("RP_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	require.NoError(t, err)
	if len(paths) == 0 {
		t.Skip("no test vectors: set RP_DATA to the folder with vectors/jwt in it")
	}
	files := map[string]vectorFile{}
	for _, path := range paths {
		raw, err := os.ReadFile(filepath.Clean(path))
		require.NoError(t, err)
		var file vectorFile
		require.NoError(t, json.Unmarshal(raw, &file), path)
		files[filepath.Base(path)] = file
	}
	return files
}

// verificationKey returns the key and the algorithm under which we would take a JWS
// of it; ok is false for keys of other kinds, with the reason.
func verificationKey(k *jwk) (algorithm string, key any, reason string) {
	switch {
	case k == nil:
		return "", nil, "no key"
	case len(k.Keys) == 1:
		return verificationKey(&k.Keys[0])
	case len(k.Keys) > 1:
		return "", nil, "a set of keys, of which we take Ed25519 only"
	case k.Use != "" && k.Use != "sig", len(k.KeyOps) > 0 && !slices.Contains(k.KeyOps, "verify"):
		return "", nil, "a key for other uses"
	}
	switch {
	case k.Kty == "oct" && k.Alg == authn.HS256:
		secret, err := base64.RawURLEncoding.DecodeString(k.K)
		if err != nil {
			return "", nil, "a malformed key"
		}
		return authn.HS256, secret, ""
	case k.Kty == "OKP" && k.Crv == "Ed25519":
		public, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil || len(public) != ed25519.PublicKeySize {
			return "", nil, "a malformed key"
		}
		return authn.EdDSA, ed25519.PublicKey(public), ""
	}
	return "", nil, "an algorithm we do not take: " + k.Alg
}

// noBase64 finds what no token in compact form has in it (RFC 7515, section 2).
var noBase64 = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// tally is how many vectors were decided, and why not as the set says.
type tally struct {
	good, bad int
	others    map[string]int
}

// TestJWS_Vectors decides every vector of Project Wycheproof. Those of our algorithms
// have to be decided as the set says; all others have to be refused, good or bad,
// under every key that we could have.
func TestJWS_Vectors(t *testing.T) {
	t.Parallel()
	counts := tally{others: map[string]int{}}
	for name, file := range vectors(t, "vectors/jwt/wycheproof/*_test.json") {
		for _, group := range file.TestGroups {
			given := group.Public
			if given == nil {
				given = group.Private
			}
			good := map[string]bool{} // tokens that the group has called valid
			for _, v := range group.Tests {
				good[v.token()] = good[v.token()] || v.Result == "valid"
				counts.decide(t, given, v, good[v.token()], fmt.Sprintf("%s %d: %s (%s)", name, v.TcID, v.Comment, group.Comment))
			}
		}
	}
	t.Logf("%d vectors applied: %d were taken, %d refused, as the set says", counts.good+counts.bad, counts.good, counts.bad)
	for reason, n := range counts.others {
		t.Logf("%d are not for us: %s", n, reason)
	}
	require.Positive(t, counts.good)
	require.Positive(t, counts.bad)
	require.NotEmpty(t, counts.others)
}

// decide decides one vector. good says that the set has called its text valid, here
// or before.
func (c *tally) decide(t *testing.T, given *jwk, v vector, good bool, what string) {
	t.Helper()
	algorithm, key, reason := verificationKey(given)
	switch {
	case reason == "" && v.JWE != nil:
		reason = "encrypted"
	case reason == "" && v.Result == "valid" && noBase64.MatchString(v.token()):
		reason = "called valid, but with letters that RFC 7515 does not have; refused"
	case reason == "" && v.Result == "invalid" && good:
		c.others["called invalid, but letter for letter another one that is called valid"]++
		return
	}
	if reason != "" {
		c.others[reason]++
		refusedByAllKeys(t, v.token(), what)
	}
	if key == nil {
		return
	}
	err := authn.VerifyJWS(algorithm, v.token(), key)
	if reason != "" {
		require.Error(t, err, what)
		return
	}
	require.Contains(t, []string{"valid", "invalid"}, v.Result, what)
	require.Equal(t, v.Result == "valid", err == nil, "%s: %v", what, err)
	if err == nil {
		c.good++
	} else {
		c.bad++
	}
}

// refusedByAllKeys checks that we would not take a token under a key of ours.
func refusedByAllKeys(t *testing.T, token, what string) {
	t.Helper()
	require.Error(t, authn.VerifyJWS(authn.HS256, token, secret), what)
	require.Error(t, authn.VerifyJWS(authn.EdDSA, token, publicKeys()["k1"]), what)
	for _, v := range []*authn.TokenVerifier{
		verifier(t, nil),
		verifier(t, func(o *authn.Options) { o.Algorithm = authn.HS256 }),
	} {
		_, err := v.Verify(t.Context(), authn.Credential{Token: token})
		require.Error(t, err, what)
	}
}
