package main

import (
	"context"
	"fmt"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	// backgroundTexts is how many texts of a set say how rare its words are.
	backgroundTexts = 50
	// backgroundBytes is how much of each of them counts.
	backgroundBytes = 4000
	// requestBytes and requestClaims bound one request, well below what is allowed.
	requestBytes  = 3 << 20
	requestClaims = 50
	// claimBytes and textBytes are how much of a claim and a text is sent.
	claimBytes, textBytes = 4000, 200_000
)

// pair is a claim beside a text, and whether people called it supported.
type pair struct {
	claim, text string
	truth       bool
}

// checkClaims asks the service about pairs, which all have the same background.
func (e *environment) checkClaims(ctx context.Context, name string, pairs []pair) ([]*analysisv1.ClaimVerdict, error) {
	ctx, err := e.workspace(ctx, name)
	if err != nil {
		return nil, err
	}
	background := backgroundOf(pairs)
	var verdicts []*analysisv1.ClaimVerdict
	req, size := &analysisv1.CheckClaimsRequest{}, 0
	send := func() error {
		resp, err := e.claims.CheckClaims(ctx, req)
		if err != nil {
			return fmt.Errorf("check claims: %w", err)
		}
		verdicts = append(verdicts, resp.GetVerdicts()...)
		req, size = &analysisv1.CheckClaimsRequest{}, 0
		return nil
	}
	for _, p := range pairs {
		check := &analysisv1.ClaimToCheck{Claim: cut(p.claim, claimBytes), Text: cut(p.text, textBytes), Background: background}
		weight := len(p.claim) + len(check.Text) + backgroundTexts*backgroundBytes
		if size+weight > requestBytes || len(req.GetChecks()) == requestClaims {
			if err := send(); err != nil {
				return nil, err
			}
		}
		req.Checks, size = append(req.Checks, check), size+weight
	}
	if len(req.GetChecks()) > 0 {
		err = send()
	}
	return verdicts, err
}

// backgroundOf is the beginnings of some of the texts, evenly spread.
func backgroundOf(pairs []pair) []string {
	var texts []string
	step := max(1, len(pairs)/backgroundTexts)
	for i := 0; i < len(pairs) && len(texts) < backgroundTexts; i += step {
		texts = append(texts, cut(pairs[i].text, backgroundBytes))
	}
	return texts
}

// cut shortens a text to at most n bytes, between characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && text[n]&0xC0 == 0x80 { // within a character of UTF-8
		n--
	}
	return text[:n]
}

// supported reports whether a verdict calls its claim supported.
func supported(v *analysisv1.ClaimVerdict) bool {
	return v.GetSupport() == analysisv1.Support_SUPPORTED
}

// scoresOf are the scores of verdicts.
func scoresOf(verdicts []*analysisv1.ClaimVerdict) []float64 {
	scores := make([]float64, len(verdicts))
	for i, v := range verdicts {
		scores[i] = v.GetScore()
	}
	return scores
}

// truthOf are the labels of pairs.
func truthOf(pairs []pair) []bool {
	truth := make([]bool, len(pairs))
	for i, p := range pairs {
		truth[i] = p.truth
	}
	return truth
}
