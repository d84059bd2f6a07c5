package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// maxText bounds a snapshot, in bytes.
	maxText = 64 << 20
	// maxCandidates is how many passages of one source may become evidence.
	maxCandidates = 40
)

// snapshot is the text of a source as it was read, and where its passages are.
type snapshot struct {
	rawSHA256, textSHA256 string
	mediaType, language   string
	extent                connector.Extent
	time                  time.Time
	passages              int
	candidates            []store.Candidate
	fingerprint           []byte
}

// snap keeps a text as the snapshot of a source. Without a digest of other
// original bytes the text is its own original.
func (c *Collector) snap(ctx context.Context, workspaceID string, doc extract.Document, raw string, queries []string) (snapshot, error) {
	ref, err := c.Blobs.Put(ctx, workspaceID, strings.NewReader(doc.Text), maxText)
	if err != nil {
		return snapshot{}, fmt.Errorf("store snapshot: %w", err)
	}
	if raw == "" {
		raw = ref.SHA256
	}
	print, err := samework.FingerprintOf(doc.Text).MarshalBinary()
	if err != nil {
		return snapshot{}, err
	}
	all := passage.Split(doc)
	return snapshot{
		rawSHA256: raw, textSHA256: ref.SHA256, mediaType: doc.MediaType, language: doc.Language, extent: connector.ExtentFull,
		time: time.Now().UTC(), passages: len(all), candidates: candidates(doc, all, queries),
		fingerprint: print,
	}, nil
}

// candidates are the passages of a text that fit the queries best, in the order of
// the text. A text of few passages gives them all: what fits is decided among those
// of all sources.
func candidates(doc extract.Document, all []passage.Passage, queries []string) []store.Candidate {
	kept := all
	if len(all) > maxCandidates {
		kept = best(doc, all, queries)
	}
	out := make([]store.Candidate, len(kept))
	for i, p := range kept {
		out[i] = store.Candidate{
			Ordinal: int32(i), Text: doc.Text[p.Start:p.End], StartOffset: int32(p.Start), EndOffset: int32(p.End),
			Page: int32(p.Page), Heading: p.Heading,
		}
	}
	return out
}

// best picks maxCandidates passages, each query's best in turn.
func best(doc extract.Document, all []passage.Passage, queries []string) []passage.Passage {
	x := index.New()
	one := index.Document{ID: "source", Title: doc.Title, Language: doc.Language}
	for _, p := range all {
		one.Passages = append(one.Passages, index.Passage{Ordinal: p.Ordinal, Text: doc.Text[p.Start:p.End]})
	}
	if x.Add(one) != nil { // more passages than an index holds: the first have to do
		return all[:maxCandidates]
	}
	rankings := make([][]index.Hit, len(queries))
	for i, text := range queries {
		rankings[i] = x.Search(text, maxCandidates, nil)
	}
	chosen := map[int]bool{}
	for rank := range maxCandidates {
		for _, hits := range rankings {
			if rank < len(hits) && len(chosen) < maxCandidates {
				chosen[hits[rank].Ordinal] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p passage.Passage) bool { return !chosen[p.Ordinal] })
}

// apply makes a snapshot that of a source.
func (s snapshot) apply(src *store.Source) {
	src.RawSHA256, src.TextSHA256, src.MediaType = s.rawSHA256, s.textSHA256, s.mediaType
	src.Extent, src.Passages, src.Fingerprint = string(s.extent), int32(s.passages), s.fingerprint
	src.FetchTime = &s.time
	if s.language != "" {
		src.Language = s.language
	}
}

// blobs are the digests that a snapshot refers to, each once.
func (s snapshot) blobs() []string {
	if s.textSHA256 == "" || s.rawSHA256 == s.textSHA256 {
		return slices.DeleteFunc([]string{s.rawSHA256}, func(d string) bool { return d == "" })
	}
	return []string{s.rawSHA256, s.textSHA256}
}
