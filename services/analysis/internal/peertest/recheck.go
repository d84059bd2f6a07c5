package peertest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Now is what a document says when it is read again.
type Now struct {
	// Text is what it says; the snapshot's when empty.
	Text string
	// Gone says why there is nothing any more; then there is no text.
	Gone string
	// Retracted says that a retraction was published.
	Retracted bool
}

// Becomes sets what a document says from now on when it is read again.
func (r *Research) Becomes(title string, now Now) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		r.now = map[string]Now{}
	}
	r.now[title] = now
}

// RecheckSource implements researchv1.ResearchServiceServer.
func (r *Research) RecheckSource(ctx context.Context, req *researchv1.RecheckSourceRequest) (*researchv1.SourceRecheck, error) {
	if err := r.Before(ctx, "RecheckSource"); err != nil {
		return nil, err
	}
	before, ok := r.Snapshot(req.GetId())
	if !ok {
		return nil, errs.NotFound
	}
	out := &researchv1.SourceRecheck{SourceId: req.GetId(), Outcome: researchv1.SourceRecheck_UNCHANGED, Time: timestamppb.Now()}
	now, text := r.rechecked(req.GetId())
	if now.Retracted {
		out.Notices = []*researchv1.Notice{{Kind: researchv1.Notice_RETRACTION, Doi: "10.1000/retraction", Date: "2026-01-02", Connector: "crossref"}}
	}
	if now.Gone != "" {
		out.Outcome, out.Reason = researchv1.SourceRecheck_GONE, now.Gone
		return out, nil
	}
	if text != before {
		out.Outcome = researchv1.SourceRecheck_CHANGED
	}
	sum := sha256.Sum256([]byte(text))
	out.Sha256 = hex.EncodeToString(sum[:])
	return out, nil
}

// rechecked returns what a source says when it is read again.
func (r *Research) rechecked(sourceID string) (now Now, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.byID {
		for i, src := range it.sources {
			if src.GetId() != sourceID {
				continue
			}
			now = r.now[r.Documents[i].Title]
			if now.Text != "" {
				return now, now.Text
			}
			return now, r.Documents[i].snapshot()
		}
	}
	return now, ""
}
