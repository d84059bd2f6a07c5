package authn

import (
	"crypto/rand"
	"hash/crc32"
	"math/big"
	"strings"
)

const (
	// apiKeyPrefix lets people and secret scanners recognise an API key.
	apiKeyPrefix = "rp_"
	// apiKeyRandom is the number of random letters: 40 of 62 are 238 bits.
	apiKeyRandom = 40
	// apiKeyChecksum is the number of letters of the checksum, enough for 32 bits.
	apiKeyChecksum = 6
	// base62 are the letters of a key: a double click selects all of it.
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewAPIKey returns a new API key: a prefix, random letters, and a CRC-32 of
// both, so that a mistyped or made-up key is told without asking anybody.
func NewAPIKey() string {
	var key strings.Builder
	key.WriteString(apiKeyPrefix)
	for range apiKeyRandom {
		// Never fails: it ends the program instead.
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(base62))))
		key.WriteByte(base62[n.Int64()])
	}
	return key.String() + checksum(key.String())
}

// WellFormedAPIKey reports whether a string can be an API key of the fleet: it
// has the form and the checksum of one.
func WellFormedAPIKey(key string) bool {
	body := len(key) - apiKeyChecksum
	return IsAPIKey(key) && body == len(apiKeyPrefix)+apiKeyRandom && checksum(key[:body]) == key[body:]
}

// IsAPIKey reports whether a token means to be an API key. No JWT is: it begins
// with the base64 of "{".
func IsAPIKey(token string) bool { return strings.HasPrefix(token, apiKeyPrefix) }

// checksum returns the CRC-32 (IEEE) of a key's body in base 62.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	letters := make([]byte, apiKeyChecksum)
	for i := range letters {
		letters[apiKeyChecksum-1-i] = base62[sum%uint32(len(base62))]
		sum /= uint32(len(base62))
	}
	return string(letters)
}
