package collect

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"google.golang.org/protobuf/encoding/protojson"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// The defaults of the parameters, as in the contract.
const (
	defaultSources = 20
	defaultBreadth = 4
	defaultDepth   = 1
	// perPage is how many items each request asks for.
	perPage = 20
)

// planner works PlanArgs.
type planner struct {
	river.WorkerDefaults[PlanArgs]
	*Collector
}

// Work implements river.Worker.
func (w *planner) Work(ctx context.Context, job *river.Job[PlanArgs]) error {
	at := job.Args.place
	r, err := w.Store.StartResearch(ctx, at.WorkspaceID, at.ResearchID, max(at.Round, 1))
	if err == nil && at.open(r) && job.Attempt >= job.MaxAttempts {
		return w.giveUp(ctx, job)
	}
	var asks []store.Ask
	if err == nil && at.open(r) {
		asks, err = w.plan(ctx, r)
	}
	if err != nil && !gone(err) {
		return err
	}
	return locked(ctx, w.Store, job, at, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		for i := range asks {
			if asks[i].State != store.AskWaiting {
				continue
			}
			if asks[i].JobID, err = w.queueAsk(ctx, tx, r, asks[i]); err != nil {
				return err
			}
		}
		if err := w.Store.CreateAsks(ctx, tx, r.WorkspaceID, asks); err != nil {
			return err
		}
		late := &river.InsertOpts{ScheduledAt: w.deadline(r)}
		if _, err := client(ctx).InsertTx(ctx, tx, FinishArgs{placeOf(r)}, late); err != nil {
			return err
		}
		return w.proceed(ctx, tx, r)
	})
}

// giveUp records that planning failed each time it was tried, so that no research
// stays RUNNING for ever.
func (w *planner) giveUp(ctx context.Context, job *river.Job[PlanArgs]) error {
	return locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		return w.Store.FailResearch(ctx, tx, r.ID, "collecting failed again and again; the log of the research service says why")
	})
}

// deadline is when a collection ends at the latest.
func (c *Collector) deadline(r store.Research) time.Time {
	if r.Deadline != nil {
		return *r.Deadline
	}
	return r.CreateTime.Add(c.Timeout)
}

// queueAsk inserts the job of an ask. The library is searched on the queue of the
// machine's own work.
func (w *planner) queueAsk(ctx context.Context, tx pgx.Tx, r store.Research, a store.Ask) (*int64, error) {
	queue := QueueAsk
	if con, ok := w.Connectors.ByName(a.Connector); ok && con.About().Local {
		queue = QueueCollect
	}
	res, err := client(ctx).InsertTx(ctx, tx, AskArgs{placeOf(r), a.Ordinal}, &river.InsertOpts{Queue: queue})
	if err != nil {
		return nil, fmt.Errorf("queue an ask: %w", err)
	}
	return &res.Job.ID, nil
}

// plan says which connectors are asked what in a round. One that cannot be asked is
// one ask that is SKIPPED, with the reason. The ordinals go on where those of the
// round before ended, so that planning twice is planning once.
func (w *planner) plan(ctx context.Context, r store.Research) ([]store.Ask, error) {
	wanted, err := w.wanted(ctx, r)
	if err != nil {
		return nil, err
	}
	before, err := w.Store.LastOrdinal(ctx, r)
	if err != nil {
		return nil, err
	}
	var asks []store.Ask
	for _, con := range w.Connectors.Chosen(wanted.sources, wanted.urls) {
		about := con.About()
		if missing := w.missing(ctx, r, about); missing != "" {
			asks = append(asks, store.Ask{Connector: about.Name, Query: r.Query, State: store.AskSkipped, Reason: missing})
			continue
		}
		asks = append(asks, wanted.asks(r, about)...)
	}
	// The first query first: when a limit leaves room for few, these are the best.
	slices.SortStableFunc(asks, func(a, b store.Ask) int { return cmp.Compare(a.Page, b.Page) })
	for i := range asks {
		asks[i].ResearchID, asks[i].Round, asks[i].Ordinal = r.ID, r.Round, before+int32(i+1)
	}
	return asks, nil
}

// wanted is what a round is to ask.
type wanted struct {
	sources []string // connectors; empty for all
	urls    []string // to read besides
	queries []string
	pages   int32
}

// wanted returns what the round of a research is to ask: in the first one its
// question and sub-queries, later the queries that were added. Addresses that were
// given are read in the first round.
func (w *planner) wanted(ctx context.Context, r store.Research) (wanted, error) {
	p, err := Parameters(r)
	if err != nil {
		return wanted{}, err
	}
	out := wanted{
		sources: p.GetSources(), urls: p.GetUrls(), queries: append([]string{r.Query}, r.SubQueries...),
		pages: cmp.Or(p.GetDepth(), defaultDepth),
	}
	if r.Round > 1 {
		round, err := w.Store.GetRound(ctx, r)
		if err != nil {
			return wanted{}, err
		}
		out.queries, out.urls = round.Queries, nil
		if len(round.Sources) > 0 {
			out.sources = round.Sources
		}
	}
	out.queries = distinct(out.queries)
	out.queries = out.queries[:min(len(out.queries), int(cmp.Or(p.GetBreadth(), defaultBreadth)))]
	return out, nil
}

// asks are the requests that one connector gets. One that searches for all at once
// gets the question, and with it every query of all rounds.
func (q wanted) asks(r store.Research, about connector.About) []store.Ask {
	queries, pages := q.queries, q.pages
	if about.AllAtOnce {
		queries, pages = []string{r.Query}, 1
	}
	var asks []store.Ask
	for page := range pages {
		for _, text := range queries {
			asks = append(asks, store.Ask{Connector: about.Name, Query: text, Page: page, State: store.AskWaiting})
		}
	}
	return asks
}

// distinct returns each text once, in their order.
func distinct(list []string) []string {
	var out []string
	for _, text := range list {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// missing says why a connector cannot be asked for a workspace; "" when it can.
func (c *Collector) missing(ctx context.Context, r store.Research, about connector.About) string {
	if about.Missing != "" || !about.NeedsCredential {
		return about.Missing
	}
	key, err := c.credential(ctx, r, about)
	switch {
	case err != nil:
		slog.WarnContext(ctx, "credential cannot be looked up", "provider", about.Provider, "error", err)
		return "the workspace's credentials could not be looked up"
	case key == "":
		return connector.MissingCredential(about)
	}
	return ""
}

// credential returns the key that a connector is asked with; "" when there is none.
func (c *Collector) credential(ctx context.Context, r store.Research, about connector.About) (string, error) {
	if about.Provider == "" {
		return "", nil
	}
	return c.Credentials.Credential(ctx, r.WorkspaceID, r.UserID, about.Provider)
}

// Parameters decodes the parameters of a research. Rows outlive versions: a field
// that a newer or older one wrote is skipped.
func Parameters(r store.Research) (*researchv1.ResearchParameters, error) {
	p := &researchv1.ResearchParameters{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(r.Parameters, p); err != nil {
		return nil, fmt.Errorf("decode parameters: %w", err)
	}
	return p, nil
}
