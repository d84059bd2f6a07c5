package authn

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

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

// header is the part of a token that is read before the signature is checked.
// It only chooses which one key and algorithm the token has to satisfy.
type header struct {
	Type     string          `json:"typ"`
	KeyID    string          `json:"kid"`
	Critical json.RawMessage `json:"crit"`
}

// readHeader reads the header of a token in compact form.
func readHeader(token string) (header, error) {
	if len(token) > maxToken {
		return header{}, fmt.Errorf("%d bytes are too long for a token", len(token))
	}
	first, _, ok := strings.Cut(token, ".")
	if !ok {
		return header{}, errors.New("not a token in compact form")
	}
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return header{}, fmt.Errorf("decode the header: %w", err)
	}
	var h header
	if err := json.Unmarshal(raw, &h); err != nil {
		return header{}, fmt.Errorf("parse the header: %w", err)
	}
	if h.Critical != nil {
		// RFC 7515, section 4.1.11: what we do not understand, we refuse.
		return header{}, errors.New("the header has critical extensions")
	}
	return h, nil
}

// parser returns a strict parser for tokens of one algorithm.
func parser(algorithm string, now func() time.Time, more ...jwt.ParserOption) *jwt.Parser {
	options := []jwt.ParserOption{
		jwt.WithValidMethods([]string{algorithm}),
		jwt.WithAudience(Audience),
		jwt.WithExpirationRequired(),
		jwt.WithNotBeforeRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
	}
	return jwt.NewParser(append(options, more...)...)
}

// parse checks signature and claims of a token against one key.
func parse(p *jwt.Parser, token string, claims jwt.Claims, key any) error {
	_, err := p.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil })
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrTokenExpired): // says so only after the signature was found good
		return fmt.Errorf("%w: %w", errTokenExpired, err)
	default:
		return invalid(err)
	}
}

// invalid says no without saying why; the cause stays for the log.
func invalid(cause error) error {
	return fmt.Errorf("%w: %w", errTokenInvalid, cause)
}
