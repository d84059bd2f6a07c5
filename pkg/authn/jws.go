package authn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// strictBase64 takes one text for each value only: no padding, and no bits set
// that decode to nothing (RFC 7515, section 2).
var strictBase64 = base64.RawURLEncoding.Strict()

// keyHeaders are the parameters with which a token brings its own key, or says
// where to fetch it (RFC 7515, section 4.1). No token of ours has one.
var keyHeaders = []string{"jku", "jwk", "x5u", "x5c"}

// jws is a JSON Web Signature in compact form (RFC 7515, section 7.1), taken apart.
// Its header only chooses which one key and algorithm the token has to satisfy.
type jws struct {
	alg, kid, typ string
	signed        string // header and payload as they stand in the token
	payload       []byte
	signature     []byte
}

// split takes a token apart. It checks everything but the signature.
func split(token string) (jws, error) {
	if len(token) > maxToken {
		return jws{}, fmt.Errorf("%d bytes are too long for a token", len(token))
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return jws{}, errors.New("not a token in compact form")
	}
	var decoded [3][]byte
	for i, part := range parts {
		if strings.ContainsAny(part, "\r\n") { // which package base64 skips
			return jws{}, errors.New("a line break in the token")
		}
		var err error
		if decoded[i], err = strictBase64.DecodeString(part); err != nil {
			return jws{}, fmt.Errorf("decode part %d of the token: %w", i+1, err)
		}
	}
	j := jws{signed: token[:len(parts[0])+1+len(parts[1])], payload: decoded[1], signature: decoded[2]}
	return j, j.readHeader(decoded[0])
}

// readHeader reads the header's parameters.
func (j *jws) readHeader(raw []byte) error {
	found, err := members(raw)
	if err != nil {
		return fmt.Errorf("parse the header: %w", err)
	}
	if _, ok := found["crit"]; ok {
		// RFC 7515, section 4.1.11: what we do not understand, we refuse.
		return errors.New("the header has critical extensions")
	}
	for _, name := range keyHeaders {
		if _, ok := found[name]; ok {
			return fmt.Errorf("the header brings a key (%s)", name)
		}
	}
	for name, target := range map[string]*string{"alg": &j.alg, "kid": &j.kid, "typ": &j.typ} {
		value, ok := found[name]
		if !ok {
			continue
		}
		// null would leave the field as it is, as though it were not there.
		if err := json.Unmarshal(value, target); err != nil || value[0] != '"' {
			return fmt.Errorf("the header's %s is no string", name)
		}
	}
	return nil
}

// verify checks that the token is signed with the key by the method. What the
// token says of its algorithm has to be the same, and decides nothing.
func (j jws) verify(method jwt.SigningMethod, key any) error {
	if j.alg != method.Alg() {
		return fmt.Errorf("alg is %q, not %s", j.alg, method.Alg())
	}
	if err := method.Verify(j.signed, j.signature, key); err != nil {
		return fmt.Errorf("verify the signature: %w", err)
	}
	return nil
}

// forget drops what is needed no more once the signature is verified.
func (j *jws) forget() { j.signed, j.payload, j.signature = "", nil, nil }

// members returns the members of a JSON object by name. Package json takes the
// last of two members with one name, others the first, so that two readers would
// see two tokens: here it is an error, as is anything after the object.
func members(raw []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	found := map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // an object's names are strings, or Token fails
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("%q stands there twice", name)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		found[name] = value
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return found, nil
}
