package server

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

func documentToProto(d store.Document) *researchv1.Document {
	out := &researchv1.Document{
		Id:           d.ID,
		Title:        d.Title,
		FileName:     d.FileName,
		Collection:   d.Collection,
		MediaType:    d.MediaType,
		SizeBytes:    d.SizeBytes,
		Sha256:       d.SHA256,
		TextSha256:   d.TextSHA256,
		Language:     d.Language,
		PassageCount: d.PassageCount,
		Url:          d.URL,
		Authors:      d.Authors,
		Published:    d.Published,
		License:      d.License,
		State:        researchv1.Document_State(researchv1.Document_State_value[d.State]),
		CreateTime:   timestamppb.New(d.CreateTime),
		UpdateTime:   timestamppb.New(d.UpdateTime),
		Etag:         d.ETag(),
	}
	if d.ErrorReason != "" {
		out.Error = &researchv1.DocumentError{Reason: d.ErrorReason, Message: d.ErrorMessage}
	}
	return out
}

func researchToProto(r store.Research, outcomes []collect.Outcome) (*researchv1.Research, error) {
	parameters := &researchv1.ResearchParameters{}
	// Rows outlive versions: a field that a newer or older one wrote is skipped.
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(r.Parameters, parameters); err != nil {
		return nil, err
	}
	out := &researchv1.Research{
		Id:         r.ID,
		Query:      r.Query,
		SubQueries: r.SubQueries,
		Parameters: parameters,
		State:      researchv1.Research_State(researchv1.Research_State_value[r.State]),
		Progress:   r.Progress,
		Statistics: &researchv1.ResearchStatistics{
			SourcesFound: r.SourcesFound, SourcesUsed: r.SourcesUsed, SourcesFailed: r.SourcesFailed, Passages: r.Passages,
		},
		Error:      r.Error,
		CreateTime: timestamppb.New(r.CreateTime),
		UpdateTime: timestamppb.New(r.UpdateTime),
		Deadline:   optionalTime(r.Deadline),
	}
	for _, o := range outcomes {
		out.Connectors = append(out.Connectors, &researchv1.ConnectorOutcome{
			Connector: o.Connector, State: researchv1.ConnectorOutcome_State(researchv1.ConnectorOutcome_State_value[o.State]),
			Reason: o.Reason, Notes: o.Notes, Requests: int32(o.Requests), Answered: int32(o.Answered), Found: int32(o.Found),
		})
	}
	return out, nil
}

func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func passageToProto(h library.Hit) *researchv1.Passage {
	return &researchv1.Passage{
		Id:            fmt.Sprintf("%s:%d", h.Document.ID, h.Passage.Ordinal),
		DocumentId:    h.Document.ID,
		DocumentTitle: h.Document.Title,
		Text:          h.Passage.Text,
		StartOffset:   h.Passage.StartOffset,
		EndOffset:     h.Passage.EndOffset,
		Page:          h.Passage.Page,
		Score:         h.Score,
	}
}

// momentOf is a time on the wire; the zero time is absent.
func momentOf(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
