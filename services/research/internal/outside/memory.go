package outside

import (
	"crypto/sha256"
	"io"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// The bounds of what is kept for tickets: 64 MiB at most.
const (
	keptReplies = 128
	keptSize    = 512 << 10
	keptTime    = 10 * time.Minute
)

// memory keeps what tickets were answered. Without it a search of two requests might
// never end: each time that the second is sent away, the first would be sent again,
// and take the turn of the second.
type memory struct {
	replies *lru.Cache[[sha256.Size]byte, keptReply]
}

type keptReply struct {
	reply connector.Reply
	until time.Time
}

func newMemory() (*memory, error) {
	replies, err := lru.New[[sha256.Size]byte, keptReply](keptReplies)
	return &memory{replies: replies}, err
}

// slot is the place of one request of one ticket; a nil slot keeps nothing.
type slot struct {
	memory *memory
	key    [sha256.Size]byte
}

// slot returns the place of a request.
func (m *memory) slot(ticket string, account connector.Account, req *http.Request) *slot {
	if ticket == "" || (req.Body != nil && req.GetBody == nil) {
		return nil
	}
	hash := sha256.New()
	for _, part := range []string{ticket, account.Provider, account.Credential, req.Method, req.URL.String(), ""} {
		_, _ = io.WriteString(hash, part+"\x00") // a hash takes everything
	}
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil
		}
		defer body.Close()
		if _, err := io.Copy(hash, body); err != nil {
			return nil
		}
	}
	return &slot{memory: m, key: [sha256.Size]byte(hash.Sum(nil))}
}

// get returns what was kept.
func (s *slot) get() (connector.Reply, bool) {
	if s == nil {
		return connector.Reply{}, false
	}
	kept, ok := s.memory.replies.Get(s.key)
	return kept.reply, ok && time.Now().Before(kept.until)
}

// put keeps a good answer that is not too long.
func (s *slot) put(reply connector.Reply) {
	if s != nil && reply.Status == http.StatusOK && len(reply.Body) <= keptSize {
		s.memory.replies.Add(s.key, keptReply{reply: reply, until: time.Now().Add(keptTime)})
	}
}
