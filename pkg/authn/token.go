package authn

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

// What stands in every token of the fleet.
const (
	// Issuer is iss of users' tokens; a service token has its service there.
	Issuer = "researcherpro/auth"
	// Audience is aud of all tokens.
	Audience = "researcherpro"
	// TypeUser is the header typ of users' access tokens (RFC 9068).
	TypeUser = "at+jwt"
	// TypeService is the header typ of service tokens.
	TypeService = "service+jwt"
)

// The algorithms of users' tokens, as the variable ALGORITHM names them.
const (
	// EdDSA signs with a private key that only auth has. The default.
	EdDSA = "EdDSA"
	// HS256 signs with the fleet's secret, which every service has.
	HS256 = "HS256"
)

const (
	// maxToken bounds what is parsed, in bytes; ours have some 500.
	maxToken = 4096
	// leeway is how far the clocks of two machines may be apart.
	leeway = 5 * time.Second
)

// UserClaims are the claims of a user's access token: sub is the user, and iss,
// aud, exp, nbf and iat are always there.
type UserClaims struct {
	// Workspace is the workspace that the token acts in.
	Workspace string `json:"ws"`
	// Role is the name of the user's role there.
	Role string `json:"role"`
	// Membership is the version of the membership that the role comes from.
	Membership int64 `json:"mv"`
	// Session is the sign-in, for revocation.
	Session string `json:"sid"`
	jwt.RegisteredClaims
}

// serviceClaims are the claims of a service token: iss is the service, sub the
// user it acts for, if any.
type serviceClaims struct {
	Workspace string `json:"ws"`
	jwt.RegisteredClaims
}

// parser checks tokens of one algorithm.
type parser struct {
	method jwt.SigningMethod
	claims *jwt.Validator
}

// newParser returns a strict parser for tokens of one algorithm.
func newParser(algorithm string, now func() time.Time, more ...jwt.ParserOption) parser {
	options := []jwt.ParserOption{
		jwt.WithAudience(Audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
	}
	return parser{
		method: jwt.GetSigningMethod(algorithm),
		claims: jwt.NewValidator(append(options, more...)...),
	}
}

// check checks what the claims say against the clock and against what they have to say.
func (p parser) check(claims jwt.Claims) error {
	err := p.claims.Validate(claims)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenExpired):
		return fmt.Errorf("%w: %w", errTokenExpired, err)
	default:
		return invalid(err)
	}
}

// readClaims reads the payload of a token. The library takes a number in a string
// for a time; RFC 7519, section 2, does not.
func readClaims(payload []byte, claims jwt.Claims) error {
	found, err := members(payload)
	if err != nil {
		return fmt.Errorf("parse the claims: %w", err)
	}
	for name, value := range found {
		if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsUpper(r) }) {
			// Package json takes names that differ in case only, or look alike
			// ("ſub"), for the same; ours are of small ASCII letters.
			return fmt.Errorf("the claim %q is not written as ours are", name)
		}
		if slices.Contains([]string{"exp", "nbf", "iat"}, name) && (len(value) == 0 || value[0] == '"') {
			return fmt.Errorf("the claim %s is no number", name)
		}
	}
	if err := json.Unmarshal(payload, claims); err != nil {
		return fmt.Errorf("parse the claims: %w", err)
	}
	return nil
}

// invalid says no without saying why; the cause stays for the log.
func invalid(cause error) error {
	return fmt.Errorf("%w: %w", errTokenInvalid, cause)
}
