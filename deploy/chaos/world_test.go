package chaos

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
)

const (
	// modelKey is the key that the scripted model knows the fleet by.
	modelKey = "key-of-the-fleet"
	// further is the word in a query that finds what the first round did not.
	further = "history"
)

// latencies are how long those outside take to answer.
type latencies struct{ search, page, model time.Duration }

// quick is what processes are killed with.
var quick = latencies{40 * time.Millisecond, 40 * time.Millisecond, 40 * time.Millisecond}

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a fleet of two replicas, what stands outside of it, and a user.
type world struct {
	one, two *programtest.Site
	model    *llmtest.Server
	asking   *hold // stops requests to the model, by the names of their forms
	places   *places
	admin    *pgxpool.Pool // the database, past all its rules
	user     *client.Client
}

// newWorld starts it all.
func newWorld(t testing.TB, outside latencies) *world {
	t.Helper()
	w := &world{asking: &hold{}, places: newPlaces(t, outside)}
	w.model = llmtest.New(t, func(r llmtest.Request) llmtest.Reply {
		w.asking.pass(t.Context(), form(r), outside.model)
		return analysistest.Honest(r)
	})
	fleet := programtest.New(t, map[string]string{
		"CONNECTORS": "documents,urls,searxng", "SEARXNG_URL": w.places.search, "EGRESS_TRUSTED": "127.0.0.0/8",
		"OPENAI_BASE_URL": w.model.OpenAI(), "OPENAI_API_KEY": modelKey, "OPENAI_MODEL": "scripted",
		"ACCESS_TOKEN_EXPIRE_MINUTES": "600", // the user stays signed in however long it takes
		"MODEL_PRICES":                "openai/scripted=1/0.5/4", "OPENAI_REQUESTS_PER_MINUTE": "0", "OPENAI_TOKENS_PER_MINUTE": "0",
	})
	w.one, w.two = fleet.Start(t), fleet.Start(t)
	w.user = client.New(w.one.Base(), "")
	_, err := w.user.Register(t.Context(), strings.ToLower(rand.Text())+"@example.org", "correct horse battery staple", "Chaos")
	require.NoError(t, err)
	w.admin, err = pgxpool.New(t.Context(), fleet.AdminURL)
	require.NoError(t, err)
	t.Cleanup(w.admin.Close)
	return w
}

// form is the name of the form that a model is asked for.
func form(r llmtest.Request) string {
	if r.Schema == nil {
		return "prose"
	}
	return r.Schema.Name
}

// site returns one of the two replicas.
func (w *world) site(n int) *programtest.Site {
	if n%2 == 0 {
		return w.one
	}
	return w.two
}

// restart kills a process as a crash does and starts it again, as Kubernetes restarts
// a container: under the same name.
func (w *world) restart(t *testing.T, site *programtest.Site, program string) {
	t.Helper()
	site.Processes[program].Kill(t)
	up := site.Launch(t, program)
	site.Processes[program].Await(t, "ready", up)
}

// eventually waits until a condition holds, as long as runs may take.
func eventually(t testing.TB, what string, condition func(context.Context) bool) {
	t.Helper()
	if !within(t, patience, condition) {
		t.Fatalf("after %s still not: %s", patience, what)
	}
}

// within reports whether a condition holds within a time.
func within(t testing.TB, limit time.Duration, condition func(context.Context) bool) bool {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !condition(t.Context()) {
		if time.Now().After(deadline) {
			return false
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
	return true
}

// twin is the same user at the other replica.
func (w *world) twin(t *testing.T) *client.Client {
	t.Helper()
	return client.New(w.two.Base(), w.user.Token())
}
