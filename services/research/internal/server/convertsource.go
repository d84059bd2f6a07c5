package server

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

func sourceToProto(s store.Source) *researchv1.Source {
	out := &researchv1.Source{
		Id: s.ID, ResearchId: s.ResearchID, Connector: s.Connector,
		Title: s.Title, Url: s.URL, FileName: s.FileName, Authors: s.Authors,
		PublishTime: optionalTime(s.PublishTime), Published: s.Published, FetchTime: optionalTime(s.FetchTime),
		MediaType: s.MediaType, Language: s.Language, Sha256: s.TextSHA256, RawSha256: s.RawSHA256,
		Extent:  researchv1.Source_Extent(researchv1.Source_Extent_value[s.Extent]),
		Outcome: researchv1.Source_Outcome(researchv1.Source_Outcome_value[s.Outcome]), OutcomeReason: s.OutcomeReason,
		Kind: s.Kind, Container: s.Container, Publisher: s.Publisher, License: s.License,
		Identifiers: s.Identifiers, Preprint: s.Preprint, CitationCount: s.Citations,
	}
	if s.DocumentID != nil {
		out.DocumentId = *s.DocumentID
	}
	for _, m := range s.Mentions {
		out.AlsoFoundIn = append(out.AlsoFoundIn, &researchv1.Mention{Connector: m.Connector, Url: m.URL, Kind: m.Kind})
	}
	out.Notices, out.Fetch = noticesToProto(s.Notices), fetchToProto(s.Fetch)
	return out
}

func noticesToProto(list []store.Notice) []*researchv1.Notice {
	var out []*researchv1.Notice
	for _, n := range list {
		out = append(out, &researchv1.Notice{
			Kind: researchv1.Notice_Kind(researchv1.Notice_Kind_value[n.Kind]), Doi: n.DOI, Date: n.Date, Connector: n.From,
		})
	}
	return out
}

// fetchToProto says how something was read; nil when nobody fetched it.
func fetchToProto(f *store.Fetch) *researchv1.Fetch {
	if f == nil {
		return nil
	}
	return &researchv1.Fetch{
		Url: f.URL, FinalUrl: f.FinalURL, Status: int32(f.Status), Headers: f.Headers, Time: timestamppb.New(f.Time),
	}
}

func evidenceToProto(e store.Evidence) *researchv1.Evidence {
	return &researchv1.Evidence{
		Id: e.ID, SourceId: e.SourceID, Text: e.Text, StartOffset: e.StartOffset, EndOffset: e.EndOffset,
		Page: e.Page, Heading: e.Heading, Score: e.Score,
		ScoreParts: &researchv1.ScoreParts{
			Relevance: e.Parts.Relevance, Semantic: e.Parts.Semantic, Novelty: e.Parts.Novelty,
			Diversity: e.Parts.Diversity, Recency: e.Parts.Recency, Authority: e.Parts.Authority,
		},
	}
}
