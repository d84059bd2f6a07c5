package outside

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// shared keeps answers of providers that ask not to be asked the same twice a day,
// for all replicas, in Redis. Only requests without a credential are kept: what they
// bring is public. Without Redis nothing is kept.
type shared struct {
	redis redis.UniversalClient // nil keeps nothing
}

// place is where the answer to a request is kept; "" when it is not.
func (s shared) place(p provider, account connector.Account, req *http.Request) string {
	if s.redis == nil || p.keep == 0 || account.Credential != "" || req.Method != http.MethodGet {
		return ""
	}
	digest := sha256.Sum256([]byte(account.Provider + "\x00" + req.URL.String()))
	return "outside:" + hex.EncodeToString(digest[:])
}

// get returns what is kept at a place.
func (s shared) get(ctx context.Context, place string) (reply connector.Reply, ok bool) {
	if place == "" {
		return reply, false
	}
	kept, err := s.redis.Get(ctx, place).Bytes()
	return reply, err == nil && json.Unmarshal(kept, &reply) == nil
}

// put keeps a good answer that is not too long.
func (s shared) put(ctx context.Context, place string, keep time.Duration, reply connector.Reply) {
	if place == "" || reply.Status != http.StatusOK || len(reply.Body) > keptSize {
		return
	}
	kept, err := json.Marshal(connector.Reply{Status: reply.Status, Body: reply.Body})
	if err == nil {
		err = s.redis.Set(ctx, place, kept, keep).Err()
	}
	if err != nil { // it is asked again
		slog.DebugContext(ctx, "answer not kept", "error", err)
	}
}
