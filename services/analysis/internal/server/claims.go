package server

import (
	"context"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const (
	// maxClaimBytes is how much text one request may bring, claims, texts and
	// backgrounds together. It keeps a request within seconds of work.
	maxClaimBytes = 4 << 20
	// maxRelevant is how many sentences a verdict shows.
	maxRelevant = 20
)

// Claims implements analysisv1.ClaimServiceServer. It has no state: it only reads
// what it is sent.
type Claims struct {
	analysisv1.UnsafeClaimServiceServer
}

var _ analysisv1.ClaimServiceServer = Claims{}

// CheckClaims implements analysisv1.ClaimServiceServer.
func (Claims) CheckClaims(ctx context.Context, req *analysisv1.CheckClaimsRequest) (*analysisv1.CheckClaimsResponse, error) {
	if size := claimBytes(req); size > maxClaimBytes {
		return nil, errs.Field("checks", fmt.Sprintf("must hold at most 4 MiB of text together, and hold %.1f MiB", float64(size)/(1<<20)))
	}
	known := idfs{}
	resp := &analysisv1.CheckClaimsResponse{}
	for _, c := range req.GetChecks() {
		if err := ctx.Err(); err != nil {
			return nil, err // nobody waits for the rest
		}
		resp.Verdicts = append(resp.Verdicts, checkClaim(c, known.of(c)))
	}
	return resp, nil
}

// claimBytes is the size of all texts of a request.
func claimBytes(req *analysisv1.CheckClaimsRequest) int {
	size := 0
	for _, c := range req.GetChecks() {
		size += len(c.GetClaim()) + len(c.GetText())
		for _, text := range c.GetBackground() {
			size += len(text)
		}
	}
	return size
}

// checkClaim gives one verdict.
func checkClaim(c *analysisv1.ClaimToCheck, idf verify.IDF) *analysisv1.ClaimVerdict {
	verdict := verify.Check(c.GetClaim(), c.GetText(), idf)
	out := &analysisv1.ClaimVerdict{
		Support: analysisv1.Support(analysisv1.Support_value[string(verdict.Support)]),
		Score:   verdict.Score,
	}
	for _, reason := range verdict.Reasons {
		out.Reasons = append(out.Reasons, string(reason))
	}
	found := verify.Select(c.GetClaim(), c.GetText(), idf)
	for _, s := range found[:min(len(found), maxRelevant)] {
		out.Sentences = append(out.Sentences, &analysisv1.RelevantSentence{
			StartOffset: int32(s.Start), EndOffset: int32(s.End),
			Score: s.Score, Rationale: s.Rationale,
		})
	}
	return out
}

// idfs are the IDFs of the last background of a request: claims about the same texts
// mostly come together, and counting words takes longer than checking.
type idfs struct {
	background []string
	idf        verify.IDF
}

// of returns the IDF for a claim: nil, which weighs all words alike, without a
// background.
func (k *idfs) of(c *analysisv1.ClaimToCheck) verify.IDF {
	if len(c.GetBackground()) == 0 {
		return nil
	}
	if k.idf == nil || !slices.Equal(k.background, c.GetBackground()) {
		k.background, k.idf = c.GetBackground(), verify.NewIDF(c.GetBackground(), "")
	}
	return k.idf
}
