package feed

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/metadata"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	// admittedFor is how long an admission is remembered: as long as the sockets of
	// a replica that is gone take to come back. It is so short that what it may hide
	// nobody misses, and what ends a credential does not wait for it: the socket's
	// guard hears of that by itself.
	admittedFor = time.Second
	// askTimeout bounds the question, which is nobody's in particular.
	askTimeout = 10 * time.Second
)

// admissions asks once for all readers of a run who show the very same: when a
// replica goes, a thousand pages of one user come back at once. Who shows anything
// else is asked about by themselves. Refusals are not remembered.
type admissions struct {
	asking singleflight.Group

	mu    sync.Mutex
	known map[string]*analysisv1.Analysis
	since time.Time // of the oldest that is known
	ended int       // how many runs have ended: what was asked before may say they go on
}

// shown names a reader's credential, workspace and run.
func shown(md metadata.MD, analysisID string) string {
	// Metadata are printable, so no value can hold the separator.
	return strings.Join([]string{
		strings.Join(md.Get("authorization"), "\n"), strings.Join(md.Get("x-workspace-id"), "\n"), analysisID,
	}, "\x00")
}

// get returns what ask said a moment ago, or says now.
func (a *admissions) get(ctx context.Context, key string, ask func(context.Context) (*analysisv1.Analysis, error)) (*analysisv1.Analysis, error) {
	if known, ok := a.lookup(key); ok {
		return known, nil
	}
	result := a.asking.DoChan(key, func() (any, error) {
		// Of those who wait the first may hang up; the others still want it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		before := a.endings()
		analysis, err := ask(asking)
		if err == nil {
			a.remember(key, analysis, before)
		}
		return analysis, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-result:
		analysis, _ := r.Val.(*analysisv1.Analysis)
		return analysis, r.Err
	}
}

func (a *admissions) lookup(key string) (*analysisv1.Analysis, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.since) > admittedFor {
		a.known = nil // all of them: it is a moment that is bridged
		return nil, false
	}
	known, ok := a.known[key]
	return known, ok
}

// endings is how many runs have ended so far.
func (a *admissions) endings() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ended
}

// remember keeps an admission to a run that goes on, unless one has ended since it was
// asked for, when endings was before. Of a run that has ended a reader may be told that
// nothing more comes, and that has to be true now.
func (a *admissions) remember(key string, analysis *analysisv1.Analysis, before int) {
	if Final(analysis.GetState()) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended != before {
		return
	}
	if a.known == nil {
		a.known, a.since = map[string]*analysisv1.Analysis{}, time.Now()
	}
	a.known[key] = analysis
}

// forget drops what is remembered of a run that has ended.
func (a *admissions) forget(analysisID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended++
	for key, analysis := range a.known {
		if analysis.GetId() == analysisID {
			delete(a.known, key)
		}
	}
}
