package authn

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// serviceTokenLife is short because a service can always mint another.
	serviceTokenLife = time.Minute
	// renewBefore is the life that a cached token must have left, so that it
	// does not expire on its way or in a retry.
	renewBefore = 20 * time.Second
	// maxMinted bounds the cache; beyond it old tokens are dropped.
	maxMinted = 4096
)

// Minter makes the service tokens of one service. It is safe for concurrent use.
type Minter struct {
	service string
	key     []byte
	now     func() time.Time

	mu     sync.Mutex
	minted map[actsFor]mintedToken
}

// actsFor is whom a service token acts for.
type actsFor struct{ workspaceID, userID string }

// mintedToken is a cached token.
type mintedToken struct {
	token  string
	expire time.Time
}

// NewMinter returns a minter for the named service. secret is the fleet's
// secret, SECRET_KEY, of at least MinSecret bytes.
func NewMinter(secret []byte, service string) (*Minter, error) {
	if service == "" {
		return nil, errors.New("authn: a minter needs the name of its service")
	}
	key, err := serviceKey(secret)
	if err != nil {
		return nil, err
	}
	return &Minter{
		service: service,
		key:     key,
		now:     time.Now,
		minted:  make(map[actsFor]mintedToken),
	}, nil
}

// Mint returns a token with which the service acts for the caller's workspace
// and user. It lives a minute and is reused until 20 seconds before its end.
func (m *Minter) Mint(c Caller) (string, error) {
	who := actsFor{workspaceID: c.WorkspaceID, userID: c.UserID}
	now := m.now()

	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.minted[who]; ok && t.expire.Sub(now) > renewBefore {
		return t.token, nil
	}
	token, err := m.sign(who, now)
	if err != nil {
		return "", err
	}
	m.makeRoom(now)
	m.minted[who] = mintedToken{token: token, expire: now.Add(serviceTokenLife)}
	return token, nil
}

// sign makes a new token.
func (m *Minter) sign(who actsFor, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, serviceClaims{
		Workspace: who.workspaceID,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    m.service,
			Subject:   who.userID,
			Audience:  jwt.ClaimStrings{Audience},
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(serviceTokenLife)),
		},
	})
	token.Header["typ"] = TypeService
	signed, err := token.SignedString(m.key)
	if err != nil {
		return "", fmt.Errorf("sign service token: %w", err)
	}
	return signed, nil
}

// makeRoom keeps the cache bounded: it drops expired tokens when it is full,
// and all of them when none has expired, which only costs signing them again.
func (m *Minter) makeRoom(now time.Time) {
	if len(m.minted) < maxMinted {
		return
	}
	for who, t := range m.minted {
		if !t.expire.After(now) {
			delete(m.minted, who)
		}
	}
	if len(m.minted) >= maxMinted {
		clear(m.minted)
	}
}
