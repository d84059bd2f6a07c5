package failing

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

const (
	// patience is how long something may take to be back.
	patience = 2 * time.Minute
	// answerTime is the most that an answer may take while something is gone.
	answerTime = time.Minute

	email, password = "failing@example.org", "correct horse battery staple"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a fleet of programs and a user who has a document.
type world struct {
	*programtest.Site

	redis    *redistest.Clock
	admin    *pgxpool.Pool
	blobs    string
	token    string
	document string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{redis: redistest.NewClock(t), blobs: t.TempDir() + "/blobs"}
	require.NoError(t, os.Mkdir(w.blobs, 0o700))
	w.Site = programtest.New(t, map[string]string{
		"CONNECTORS": "documents", "REDIS_URL": w.redis.URL(), "BLOB_URL": "file://" + w.blobs,
	}).Start(t)
	var err error
	w.admin, err = pgxpool.New(t.Context(), w.AdminURL)
	require.NoError(t, err)
	t.Cleanup(w.admin.Close)

	var session struct{ AccessToken string }
	w.must(t, call{http.MethodPost, "/api/v1/auth/register", `{"email":"` + email + `","password":"` + password + `","displayName":"F"}`}, &session)
	w.token = session.AccessToken
	var document struct{ ID string }
	w.must(t, call{http.MethodPost, "/api/v1/documents", `{"title":"t","text":"Tides rise ` + rand.Text() + `."}`}, &document)
	w.document = document.ID
	return w
}

// call is a request that is good as long as nothing is gone.
type call struct{ method, path, body string }

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	body    string
	service string // that the ErrorInfo names
	reason  string
}

// do sends a request.
func (w *world) do(t *testing.T, c call) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, c.method, w.Base()+c.path, strings.NewReader(c.body))
	require.NoError(t, err)
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if w.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.token)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err, "%s %s", c.method, c.path)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err, "%s %s", c.method, c.path)
	r := reply{status: resp.StatusCode, header: resp.Header, body: string(body)}
	if r.status >= 400 {
		r.read(t)
	}
	return r
}

// read takes a Status apart, which every error must be.
func (r *reply) read(t *testing.T) {
	t.Helper()
	require.Equal(t, "application/json", r.header.Get("Content-Type"), r.body)
	var got struct {
		Code    int
		Message string
		Details []struct {
			Reason   string
			Domain   string
			Metadata map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.body), &got), r.body)
	require.NotZero(t, got.Code, r.body)
	require.NotEmpty(t, got.Message, r.body)
	for _, detail := range got.Details { // one of them is the ErrorInfo
		if detail.Domain == "researcherpro" {
			r.reason, r.service = detail.Reason, detail.Metadata["service"]
		}
	}
	require.NotEmpty(t, r.reason, r.body)
}

// must sends a request that has to go well and reads its answer.
func (w *world) must(t *testing.T, c call, out any) {
	t.Helper()
	r := w.do(t, c)
	require.Equal(t, http.StatusOK, r.status, "%s %s: %s", c.method, c.path, r.body)
	require.NoError(t, json.Unmarshal([]byte(r.body), out))
}

// back waits until a request goes well again.
func (w *world) back(t *testing.T, c call) {
	t.Helper()
	require.Eventually(t, func() bool { return w.do(t, c).status == http.StatusOK }, patience, 50*time.Millisecond, "%s %s", c.method, c.path)
}
