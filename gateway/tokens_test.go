package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
)

// aliceKey is an API key of alice's.
var aliceKey = authn.NewAPIKey()

// allPermissions are the scopes of an API key that may do all that a key can.
var allPermissions = slices.Collect(maps.Values(accessv1.Permission_name))

// fakeTokens verifies names, JWT-shaped tokens "x.{claims}.x" of alice's and her API
// key, for the services and the gateway alike, and tells who watches of changes.
type fakeTokens struct {
	mu       sync.Mutex
	refused  map[string]error // by token
	members  map[string]bool  // "token workspace", besides one's own
	watching map[int]func()
	watches  int
	deaf     bool
	shown    map[authn.Credential]bool // what was verified so far
}

func newFakeTokens() *fakeTokens {
	return &fakeTokens{
		refused: map[string]error{mallory: errRevoked, "garbage": errRevoked},
		members: map[string]bool{}, watching: map[int]func(){}, shown: map[authn.Credential]bool{},
	}
}

var (
	errRevoked = errs.New(errs.Unauthenticated, "TOKEN_INVALID", "the access token is not valid")
	errForeign = errs.New(errs.NotFound, "WORKSPACE_NOT_FOUND", "there is no such workspace")
)

// refuse decides about a token from now on, without telling anyone; nil accepts it.
func (f *fakeTokens) refuse(token string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused[token] = err
}

// revoke refuses a token and tells everyone that something has changed.
func (f *fakeTokens) revoke(token string) {
	f.refuse(token, errRevoked)
	f.tell()
}

// tell tells everyone who watches that something has changed.
func (f *fakeTokens) tell() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, changed := range f.watching {
		changed()
	}
}

// join makes the bearer of a token a member of another workspace.
func (f *fakeTokens) join(token, workspace string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members[token+" "+workspace] = true
}

// deafen lets nobody hear of changes.
func (f *fakeTokens) deafen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deaf = true
}

// saw reports whether a credential was verified, and forgets all that were.
func (f *fakeTokens) saw(shown authn.Credential) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer clear(f.shown)
	return f.shown[shown]
}

// open returns how many watch.
func (f *fakeTokens) open() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watching)
}

// Watch implements authn.Watcher.
func (f *fakeTokens) Watch(_ authn.Caller, changed func()) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watches++
	id := f.watches
	f.watching[id] = changed
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watching, id)
	}
}

// Hears implements authn.Watcher.
func (f *fakeTokens) Hears() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.deaf
}

// Verify implements authn.Verifier.
func (f *fakeTokens) Verify(_ context.Context, shown authn.Credential) (authn.Caller, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown[shown] = true
	if err := f.refused[shown.Token]; err != nil {
		return authn.Caller{}, err
	}
	caller := authn.Caller{UserID: shown.Token, SessionID: "s", Role: authn.RoleOwner, Expire: expiryOf(shown.Token)}
	switch {
	case shown.Token == aliceKey:
		caller.UserID, caller.SessionID, caller.KeyID, caller.Scopes = alice, "", "k", allPermissions
	case strings.HasPrefix(shown.Token, "service "):
		caller.Service = shown.Token
	case strings.Count(shown.Token, ".") == 2:
		caller.UserID = alice
	}
	caller.WorkspaceID = "of " + caller.UserID
	if shown.WorkspaceID != "" {
		if !f.members[shown.Token+" "+shown.WorkspaceID] {
			return authn.Caller{}, errForeign
		}
		caller.WorkspaceID = shown.WorkspaceID
	}
	return caller, nil
}

// jwt returns a token of alice's that expires at a time.
func jwt(expire time.Time) string {
	claims := fmt.Sprintf(`{"sub":"alice","exp":%d}`, expire.Unix())
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// expiryOf returns when a token of jwt's expires; zero for all others.
func expiryOf(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Exp int64 }
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return time.Time{}
	}
	return time.Unix(claims.Exp, 0)
}
