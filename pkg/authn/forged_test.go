package authn_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// encode is base64url without padding.
var encode = base64.RawURLEncoding.EncodeToString

// forge writes a token letter by letter, so that it may be one that no library makes.
func forge(header, claims string, sign func(signed string) []byte) string {
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	return signed + "." + encode(sign(signed))
}

// The ways to sign: with the fleet's key, with the attacker's, with any bytes.
func withKey(seed byte) func(string) []byte {
	return func(signed string) []byte { return ed25519.Sign(newKey(seed), []byte(signed)) }
}

func withHMAC(key []byte) func(string) []byte {
	return func(signed string) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
}

func unsigned(string) []byte { return nil }

const goodHeader = `{"alg":"EdDSA","typ":"at+jwt","kid":"k1"}`

// claims returns the claims of a good token with changes; nil removes one.
func claims(t *testing.T, change map[string]any) string {
	t.Helper()
	now := time.Now().Unix()
	all := map[string]any{
		"iss": authn.Issuer, "aud": authn.Audience, "sub": "user-1", "ws": "ws-1", "sid": "sid-1", "role": "ADMIN", "mv": 1,
		"iat": now, "nbf": now, "exp": now + 60,
	}
	maps.Copy(all, change)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	raw, err := json.Marshal(all)
	require.NoError(t, err)
	return string(raw)
}

// publicForms are the bytes that an attacker may take for the key of an HMAC.
func publicForms(t *testing.T) map[string][]byte {
	t.Helper()
	public := publicKeys()["k1"]
	der, err := x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return map[string][]byte{
		"raw": public, "DER": der, "PEM": text, "PEM without the last line break": text[:len(text)-1], "base64": []byte(encode(public)),
		"JWK":                 []byte(`{"crv":"Ed25519","kty":"OKP","x":"` + encode(public) + `"}`),
		"JWK as it is served": []byte(`{"kty":"OKP","crv":"Ed25519","x":"` + encode(public) + `","kid":"k1","alg":"EdDSA","use":"sig"}`),
		"nothing":             {},
	}
}

// TestForge_MakesGoodTokens shows that the forged ones are refused for what is wrong
// with them.
func TestForge_MakesGoodTokens(t *testing.T) {
	t.Parallel()
	_, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: forge(goodHeader, claims(t, nil), withKey('a'))})
	require.NoError(t, err)
	hs := verifier(t, func(o *authn.Options) { o.Algorithm = authn.HS256 })
	_, err = hs.Verify(t.Context(), authn.Credential{Token: forge(`{"alg":"HS256","typ":"at+jwt"}`, claims(t, nil), withHMAC(secret))})
	require.NoError(t, err)
}

// forged are tokens that are signed well but say what must not be taken, and tokens
// that are signed by others or not at all.
func forged(t *testing.T) map[string]string {
	t.Helper()
	ok := claims(t, nil)
	attacker := encode(newKey('x').Public().(ed25519.PublicKey))
	all := map[string]string{
		"kid with a path":          forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"../../dev/null"}`, ok, withKey('x')),
		"kid with SQL":             forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"x' UNION SELECT 'k1"}`, ok, withKey('x')),
		"kid is a number":          forge(`{"alg":"EdDSA","typ":"at+jwt","kid":1}`, ok, withKey('a')),
		"kid is null":              forge(`{"alg":"EdDSA","typ":"at+jwt","kid":null}`, ok, withKey('a')),
		"kid of another key":       forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k2"}`, ok, withKey('a')),
		"own key in jwk":           forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","jwk":{"kty":"OKP","crv":"Ed25519","x":"`+attacker+`"}}`, ok, withKey('x')),
		"own key in jku":           forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","jku":"https://evil.example/jwks.json"}`, ok, withKey('x')),
		"own key in x5u":           forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","x5u":"https://evil.example/c.pem"}`, ok, withKey('x')),
		"jku with a good key":      forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","jku":"https://evil.example/jwks.json"}`, ok, withKey('a')),
		"x5c with a good key":      forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","x5c":["MII"]}`, ok, withKey('a')),
		"critical extension":       forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","crit":["b64"],"b64":false}`, ok, withKey('a')),
		"critical nothing":         forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","crit":[]}`, ok, withKey('a')),
		"critical null":            forge(`{"alg":"EdDSA","typ":"at+jwt","kid":"k1","crit":null}`, ok, withKey('a')),
		"typ of an ID token":       forge(`{"alg":"EdDSA","typ":"JWT","kid":"k1"}`, ok, withKey('a')),
		"typ in capitals":          forge(`{"alg":"EdDSA","typ":"AT+JWT","kid":"k1"}`, ok, withKey('a')),
		"typ of a service":         forge(`{"alg":"EdDSA","typ":"service+jwt","kid":"k1"}`, ok, withKey('a')),
		"typ written in capitals":  forge(`{"alg":"EdDSA","TYP":"at+jwt","kid":"k1"}`, ok, withKey('a')),
		"a service's by its key":   forge(`{"alg":"HS256","typ":"service+jwt"}`, ok, withHMAC(secret)),
		"an ID token":              forge(`{"alg":"EdDSA","typ":"JWT","kid":"k1"}`, claims(t, map[string]any{"aud": "client-7", "nonce": "n", "ws": nil}), withKey('a')),
		"alg of another family":    forge(`{"alg":"ES256","typ":"at+jwt","kid":"k1"}`, ok, withKey('a')),
		"alg in small letters":     forge(`{"alg":"eddsa","typ":"at+jwt","kid":"k1"}`, ok, withKey('a')),
		"alg missing":              forge(`{"typ":"at+jwt","kid":"k1"}`, ok, withKey('a')),
		"header name twice":        forge(`{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"k1"}`, ok, withKey('a')),
		"header name twice, apart": forge(`{"kid":"k2","alg":"EdDSA","typ":"at+jwt","k\u0069d":"k1"}`, ok, withKey('a')),
		"header and more":          forge(goodHeader+`{}`, ok, withKey('a')),
		"header is a list":         forge(`["alg"]`, ok, withKey('a')),
		"header is no UTF-8":       forge("{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"k1\",\"x\":\"\xff\"}", ok, withKey('a')),
		"claims and more":          forge(goodHeader, ok+` {}`, withKey('a')),
		"claims cut off":           forge(goodHeader, ok[:len(ok)-1], withKey('a')),
		"claims are a list":        forge(goodHeader, "["+ok+"]", withKey('a')),
		"claims are empty":         forge(goodHeader, "", withKey('a')),
		"claim twice":              forge(goodHeader, `{"sub":"root",`+ok[1:], withKey('a')),
		"claim twice, by escape":   forge(goodHeader, `{"\u0073ub":"root",`+ok[1:], withKey('a')),
		"claim twice, by case":     forge(goodHeader, ok[:len(ok)-1]+`,"SUB":"root"}`, withKey('a')),
		"claim twice, by folding":  forge(goodHeader, ok[:len(ok)-1]+`,"\u017fub":"root"}`, withKey('a')),
		"signed by another fleet":  forge(goodHeader, ok, withKey('z')),
		"signature of nothing":     forge(goodHeader, ok, func(string) []byte { return make([]byte, ed25519.SignatureSize) }),
		"signature too long":       forge(goodHeader, ok, func(s string) []byte { return append(withKey('a')(s), 0) }),
		"refresh token":            encode([]byte(rand.Text())),
		"invitation or other text": "inv_" + rand.Text() + "." + rand.Text(),
	}
	maps.Copy(all, wrongClaims(t))
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "none ", "", "null", "HS256\\u0000", "non\\u0065"} {
		all["alg "+alg+" without a signature"] = forge(`{"alg":"`+alg+`","typ":"at+jwt","kid":"k1"}`, ok, unsigned)
		all["alg "+alg+" with a good one"] = forge(`{"alg":"`+alg+`","typ":"at+jwt","kid":"k1"}`, ok, withKey('a'))
	}
	for form, key := range publicForms(t) {
		all["HS256 with the public key, "+form] = forge(`{"alg":"HS256","typ":"at+jwt","kid":"k1"}`, ok, withHMAC(key))
		all["HS256 with the public key as a service, "+form] = forge(`{"alg":"HS256","typ":"service+jwt"}`, ok, withHMAC(key))
	}
	maps.Copy(all, otherSpellings(forge(goodHeader, ok, withKey('a'))))
	return all
}

// wrongClaims are tokens with a good signature whose claims must not be taken.
func wrongClaims(t *testing.T) map[string]string {
	t.Helper()
	now, all := time.Now().Unix(), map[string]string{}
	for name, change := range map[string]map[string]any{
		"iss of another":       {"iss": "researcherpro/auth2"},
		"iss missing":          {"iss": nil},
		"iss is a list":        {"iss": []string{authn.Issuer}},
		"aud of another":       {"aud": "researcherpro2"},
		"aud missing":          {"aud": nil},
		"aud empty":            {"aud": []string{}},
		"exp missing":          {"exp": nil},
		"exp as a string":      {"exp": fmt.Sprint(now + 60)},
		"exp past":             {"exp": now - 60},
		"exp zero":             {"exp": 0},
		"exp negative":         {"exp": -1},
		"exp is a list":        {"exp": []int64{now + 60}},
		"exp is true":          {"exp": true},
		"nbf missing":          {"nbf": nil},
		"nbf as a string":      {"nbf": fmt.Sprint(now)},
		"nbf to come":          {"nbf": now + 60},
		"iat as a string":      {"iat": fmt.Sprint(now)},
		"iat to come":          {"iat": now + 60},
		"sub is a number":      {"sub": 1},
		"sub empty":            {"sub": ""},
		"ws missing":           {"ws": nil},
		"sid missing":          {"sid": nil},
		"role in small":        {"role": "owner"},
		"role is a number":     {"role": 4},
		"role in another form": {"role": "ＯＷＮＥＲ"},
		"mv as a string":       {"mv": "1"},
	} {
		all[name] = forge(goodHeader, claims(t, change), withKey('a'))
	}
	return all
}

// otherSpellings are a good token in other letters, which some decoders take for it.
func otherSpellings(good string) map[string]string {
	parts := strings.Split(good, ".")
	return map[string]string{
		"padding":                     good + "=",
		"padding in the header":       parts[0] + "==." + parts[1] + "." + parts[2],
		"bits that decode to nothing": good[:len(good)-1] + string(good[len(good)-1]+1),
		"letters of plain base64":     strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+",
		"a line break":                good + "\n",
		"a line break inside":         parts[0] + ".\n" + parts[1] + "." + parts[2],
		"a space":                     good + " ",
		"a null byte":                 good + "\x00",
		"a fourth part":               good + ".",
		"an empty first part":         "." + good,
		"five parts, as encrypted":    good + ".." + parts[2],
		"JSON serialization":          `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		"letters that look the same":  strings.Replace(good, "e", "е", 1), // Cyrillic
		"full width dots":             strings.ReplaceAll(good, ".", "．"),
		"oversized":                   parts[0] + "." + parts[1] + strings.Repeat("A", 8192) + "." + parts[2],
	}
}

func TestVerify_RefusesForgedTokens(t *testing.T) {
	t.Parallel()
	verifiers := map[string]*authn.TokenVerifier{
		"EdDSA": verifier(t, nil),
		"HS256": verifier(t, func(o *authn.Options) { o.Algorithm = authn.HS256 }),
	}
	for name, token := range forged(t) {
		for algorithm, v := range verifiers {
			got, err := v.Verify(t.Context(), authn.Credential{Token: token})
			require.ErrorIs(t, err, errs.Unauthenticated, "%s, under %s", name, algorithm)
			require.Zero(t, got, name)
			require.Contains(t, []string{"TOKEN_INVALID", "TOKEN_EXPIRED"}, errs.Reason(err), name)
		}
	}
}

// What a service may say, a user must not, and the other way round, also where both
// kinds of tokens are signed with a shared secret.
func TestVerify_KindsOfTokensAreNotTakenForEachOther(t *testing.T) {
	t.Parallel()
	v := verifier(t, func(o *authn.Options) { o.Algorithm = authn.HS256 })
	m, err := authn.NewMinter(secret, "analysis")
	require.NoError(t, err)
	service, err := m.Mint(authn.Caller{UserID: "user-1", WorkspaceID: "ws-1"})
	require.NoError(t, err)
	key, err := authn.DeriveKey(secret, "service token")
	require.NoError(t, err)
	user := `{"alg":"HS256","typ":"at+jwt"}`
	for name, token := range map[string]string{
		"a user's token signed as a service's": forge(user, claims(t, nil), withHMAC(key)),
		"a service's signed as a user's":       forge(`{"alg":"HS256","typ":"service+jwt"}`, claims(t, map[string]any{"iss": "analysis"}), withHMAC(secret)),
		"a service's with the header changed":  encode([]byte(user)) + service[strings.Index(service, "."):],
		"a service's without an issuer":        forge(`{"alg":"HS256","typ":"service+jwt"}`, claims(t, map[string]any{"iss": nil}), withHMAC(key)),
	} {
		_, err := v.Verify(t.Context(), authn.Credential{Token: token})
		require.Equal(t, "TOKEN_INVALID", errs.Reason(err), name)
	}
	_, err = v.Verify(t.Context(), authn.Credential{Token: service})
	require.NoError(t, err)
}

func TestVerify_AKeyThatIsRetiredVerifiesNothing(t *testing.T) {
	t.Parallel()
	token := authn.Credential{Token: forge(goodHeader, claims(t, nil), withKey('a'))}
	published := publicKeys()
	v := verifier(t, func(o *authn.Options) { o.Keys = published })
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	delete(published, "k1")
	_, err = v.Verify(t.Context(), token)
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
}

// Logout ends one session and a password change all the others; what was caught before
// is refused by every replica from then on.
func TestVerify_ReplaysAfterTheEndAreRefused(t *testing.T) {
	t.Parallel()
	_, client := newRedis(t)
	auth := authn.NewRedisRevocations(client, time.Minute)
	var replicas []*authn.TokenVerifier
	for range 2 {
		replicas = append(replicas, verifier(t, func(o *authn.Options) { o.Revocations = authn.NewRedisRevocations(client, time.Minute) }))
	}
	token := func(session string) authn.Credential {
		return authn.Credential{Token: forge(goodHeader, claims(t, map[string]any{"sid": session}), withKey('a'))}
	}
	sessions := map[string]authn.Credential{"one": token("one"), "two": token("two"), "three": token("three")}
	expect := func(refused ...string) {
		for session, shown := range sessions {
			for _, v := range replicas {
				_, err := v.Verify(t.Context(), shown)
				require.Equal(t, strings.Contains(strings.Join(refused, " "), session), errs.Reason(err) == "TOKEN_INVALID", session)
			}
		}
	}
	expect()
	require.NoError(t, auth.Revoke(t.Context(), "one")) // logout
	expect("one")
	require.NoError(t, auth.Revoke(t.Context(), "two", "three")) // password change
	expect("one", "two", "three")
}
