// Package recheck reads sources again that a research has read: whether they still
// say the same, are still there, and what has been published about them since.
//
// # What is compared
//
//   - A page is fetched from the address that it was fetched from, under the same
//     guard, robots.txt, limits and egress list, past what is fresh in the cache but
//     with a conditional request. Of an article of Wikipedia the newest revision is
//     read, although the source is a certain one: what it says now is the question.
//   - A document of the library is compared with what the library has of it.
//   - Of what was only an answer of an index, an abstract, the record is asked for
//     again by its identifier. What no index gives again is looked for on the page
//     that it stood for: if its words are there, it is unchanged.
//
// Besides, Crossref and OpenAlex are asked by DOI, and PubMed by PMID, for notices of
// retraction and the like. One that does not answer hides nothing that was known.
//
// The source stays as it was: the answer, with a snapshot of its own, is a row
// beside it. There is one for each source, the newest.
package recheck

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// Keep is how long an answer is given again.
	Keep = time.Minute
	// DefaultPatience is how long reading takes at most: callers over HTTP wait no
	// longer for an answer.
	DefaultPatience = 25 * time.Second
	// storeTime bounds storing an answer.
	storeTime = 10 * time.Second
)

// Deps are what checking works with.
type Deps struct {
	Store       *store.Store
	Blobs       *blobs.Blobs
	Connectors  *connector.Set
	Credentials collect.Credentials
	Pages       collect.Pages
	Extractor   collect.Extractor
	// Patience is how long reading takes at most; 0 means DefaultPatience.
	Patience time.Duration
}

// Checker reads sources again. It is safe for concurrent use.
type Checker struct {
	Deps

	// flights joins those who ask about one source at once.
	flights singleflight.Group
}

// New returns a checker.
func New(d Deps) *Checker {
	if d.Patience == 0 {
		d.Patience = DefaultPatience
	}
	return &Checker{Deps: d}
}

// Source reads a source of the caller's workspace again and returns what became of
// it; within Keep it is the last answer. A source that is not there is
// errs.NotFound; one that cannot be read is an outcome and no error.
func (c *Checker) Source(ctx context.Context, by authn.Caller, id string) (store.Recheck, error) {
	src, err := c.Store.GetSource(ctx, by.WorkspaceID, id)
	if err != nil {
		return store.Recheck{}, err
	}
	last, err := c.Store.GetRecheck(ctx, by.WorkspaceID, id)
	if err == nil && time.Since(last.CheckTime) < Keep {
		return last, nil
	}
	if err != nil && !errors.Is(err, errs.NotFound) {
		return store.Recheck{}, err
	}
	// It does not end with the first who asked: others may wait for it, and whoever
	// comes again is given it.
	outlasting := context.WithoutCancel(ctx)
	done := c.flights.DoChan(by.WorkspaceID+"/"+id, func() (any, error) { return c.check(outlasting, by, src) })
	select {
	case <-ctx.Done():
		return store.Recheck{}, ctx.Err()
	case result := <-done:
		answer, _ := result.Val.(store.Recheck)
		return answer, result.Err
	}
}

// check asks about a source and stores the answer.
func (c *Checker) check(ctx context.Context, by authn.Caller, src store.Source) (store.Recheck, error) {
	v := visit{Checker: c, by: by, src: src, ticket: "recheck-" + rand.Text()}
	now, notices, err := v.ask(ctx)
	if err != nil {
		return store.Recheck{}, err
	}
	answer := store.Recheck{
		SourceID: src.ID, Outcome: now.outcome, Reason: now.reason, RawSHA256: now.rawSHA256, TextSHA256: now.textSHA256,
		MediaType: now.mediaType, Notices: notices, Fetch: now.fetch, CheckTime: time.Now().UTC(),
	}
	return answer, c.keep(ctx, by.WorkspaceID, answer)
}

// keep stores an answer in place of the one before.
func (c *Checker) keep(ctx context.Context, workspaceID string, answer store.Recheck) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	var replaced []string
	err := c.Store.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) (err error) {
		for _, digest := range digests(answer) {
			if err := c.Blobs.Hold(ctx, tx, workspaceID, digest); err != nil {
				return err
			}
		}
		replaced, err = c.Store.PutRecheck(ctx, tx, workspaceID, answer)
		return err
	})
	if err != nil {
		replaced = digests(answer) // nobody refers to what was put for it
	}
	c.Blobs.Release(ctx, workspaceID, replaced...)
	return err
}

// digests are the blobs of an answer, each once and in one order, so that two who
// hold some never wait for each other.
func digests(answer store.Recheck) []string {
	list := []string{answer.RawSHA256, answer.TextSHA256}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(d string) bool { return d == "" })
}

// visit is one check of one source.
type visit struct {
	*Checker

	by  authn.Caller
	src store.Source
	// ticket is the visit's place in the lines of outside limits. A fresh one, so that
	// no answer to an earlier visit is remembered for it.
	ticket string
}

// ask finds out what the source says now, and what is published about it. What a
// connector's answer held is compared with its record, so there the page waits for
// the indexes; else both are asked at once.
func (v *visit) ask(ctx context.Context) (now reading, notices []store.Notice, err error) {
	ctx, cancel := context.WithTimeout(ctx, v.Patience)
	defer cancel()
	if v.src.DocumentID == nil && v.src.Fetch == nil {
		records := v.records(ctx)
		now, err = v.given(ctx, records)
		return now, v.notices(records), err
	}
	var records map[string]connector.Item
	var group errgroup.Group
	group.Go(func() error { records = v.records(ctx); return nil })
	group.Go(func() (err error) {
		if v.src.DocumentID != nil {
			now, err = v.document(ctx)
			return err
		}
		now, err = v.page(ctx, v.src.Fetch.URL)
		return err
	})
	err = group.Wait()
	return now, v.notices(records), err
}
