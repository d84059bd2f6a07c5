package live

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"
)

// bearerProtocol is the subprotocol that announces a token as the next one:
// browsers can set no header on a WebSocket.
const bearerProtocol = "bearer"

// takeToken moves the token of the subprotocol pair "bearer, <token>" into the
// Authorization header, where the rest of the edge looks for it.
func takeToken(r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		return
	}
	offered := strings.Split(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), ",")
	for i, name := range offered {
		if strings.TrimSpace(name) == bearerProtocol && i+1 < len(offered) {
			r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(offered[i+1]))
			return
		}
	}
}

// expiry returns when the request's token expires. It only reads the claim: the
// services verify the token. A token that says nothing of it, such as an API
// key, gives the far future.
func expiry(r *http.Request) time.Time {
	never := time.Unix(math.MaxInt32, 0)
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return never
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return never
	}
	var claims struct {
		Expire float64 `json:"exp"`
	}
	if json.Unmarshal(body, &claims) != nil || claims.Expire <= 0 || claims.Expire > math.MaxInt32 {
		return never
	}
	return time.Unix(int64(claims.Expire), 0)
}
