package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Start starts an analysis.
func (c *Client) Start(ctx context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Analysis, error) {
	a := &analysisv1.Analysis{}
	return a, c.call(ctx, http.MethodPost, "/api/v1/analysis/start", req, a)
}

// Analysis returns an analysis as it stands.
func (c *Client) Analysis(ctx context.Context, id string) (*analysisv1.Analysis, error) {
	a := &analysisv1.Analysis{}
	return a, c.call(ctx, http.MethodGet, path("/api/v1/analysis/%s", id), nil, a)
}

// Findings returns all findings of an analysis.
func (c *Client) Findings(ctx context.Context, id string) ([]*analysisv1.Finding, error) {
	var all []*analysisv1.Finding
	for token := ""; ; {
		resp := &analysisv1.ListFindingsResponse{}
		query := "?pageSize=200&pageToken=" + url.QueryEscape(token)
		if err := c.call(ctx, http.MethodGet, path("/api/v1/analysis/%s/findings", id)+query, nil, resp); err != nil {
			return nil, err
		}
		all = append(all, resp.GetFindings()...)
		if token = resp.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// Sources returns all sources of a research.
func (c *Client) Sources(ctx context.Context, researchID string) ([]*researchv1.Source, error) {
	var all []*researchv1.Source
	for token := ""; ; {
		resp := &researchv1.ListSourcesResponse{}
		query := "?pageSize=200&pageToken=" + url.QueryEscape(token)
		if err := c.call(ctx, http.MethodGet, path("/api/v1/research/%s/sources", researchID)+query, nil, resp); err != nil {
			return nil, err
		}
		all = append(all, resp.GetSources()...)
		if token = resp.GetNextPageToken(); token == "" {
			return all, nil
		}
	}
}

// Export writes a report in a format to w.
func (c *Client) Export(ctx context.Context, reportID, format string, w io.Writer) error {
	return c.copy(ctx, path("/api/v1/reports/%s/export", reportID)+"?format="+url.QueryEscape(format), w)
}

// SourceContent writes the text that quotes from a source point into to w.
func (c *Client) SourceContent(ctx context.Context, sourceID string, w io.Writer) error {
	return c.copy(ctx, path("/api/v1/sources/%s/content", sourceID), w)
}

// copy writes what is at a path to w.
func (c *Client) copy(ctx context.Context, path string, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	resp, err := c.open(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}
