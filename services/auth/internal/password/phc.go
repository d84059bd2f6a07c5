package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// params are the cost of a hash.
type params struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// Limits on what decode accepts: a broken row must not take the memory of the
// service, nor all of its time.
const (
	maxMemory = 256 << 10 // KiB
	maxPasses = 16
	maxBytes  = 64 // of salt and of hash
)

// errMalformed is a stored hash that is not one of ours. It quotes nothing.
var errMalformed = errors.New("malformed password hash")

// encode writes a hash in the PHC string format,
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func encode(p params, salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, p.memory, p.passes, p.lanes, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// decode is the inverse of encode.
func decode(encoded string) (p params, salt, hash []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return params{}, nil, nil, errMalformed
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil {
		return params{}, nil, nil, errMalformed
	}
	if p.memory == 0 || p.memory > maxMemory || p.passes == 0 || p.passes > maxPasses || p.lanes == 0 {
		return params{}, nil, nil, errMalformed
	}
	for i, into := range []*[]byte{&salt, &hash} {
		*into, err = base64.RawStdEncoding.Strict().DecodeString(parts[4+i])
		if err != nil || len(*into) == 0 || len(*into) > maxBytes {
			return params{}, nil, nil, errMalformed
		}
	}
	return p, salt, hash, nil
}
