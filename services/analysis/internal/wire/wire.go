// Package wire translates between the rows of the store and the messages of the
// contract.
package wire

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/eventlog"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// decode reads JSON that this or another version wrote: fields that this one does
// not know are skipped.
var decode = protojson.UnmarshalOptions{DiscardUnknown: true}

// Request returns the request that a run was started with.
func Request(a store.Analysis) (*analysisv1.StartAnalysisRequest, error) {
	req, err := requestOf(a)
	return proto.CloneOf(req), err
}

// requestOf is Request, shared.
func requestOf(a store.Analysis) (*analysisv1.StartAnalysisRequest, error) {
	req, err := read(a.Request, &analysisv1.StartAnalysisRequest{})
	if err != nil {
		return nil, fmt.Errorf("decode the request of analysis %s: %w", a.ID, err)
	}
	return req, nil
}

// Plan returns the plan of a run, empty before there is one.
func Plan(a store.Analysis) (*analysisv1.Plan, error) {
	p, err := planOf(a)
	return proto.CloneOf(p), err
}

// planOf is Plan, shared.
func planOf(a store.Analysis) (*analysisv1.Plan, error) {
	p, err := read(a.Plan, &analysisv1.Plan{})
	if err != nil {
		return nil, fmt.Errorf("decode the plan of analysis %s: %w", a.ID, err)
	}
	return p, nil
}

// Finding returns a finding as callers see it.
func Finding(f store.Finding) (*analysisv1.Finding, error) {
	out := &analysisv1.Finding{}
	if err := decode.Unmarshal(f.Message, out); err != nil {
		return nil, fmt.Errorf("decode finding %s: %w", f.ID, err)
	}
	return out, nil
}

// FindingRow returns the row of a finding.
func FindingRow(f *analysisv1.Finding) (store.Finding, error) {
	message, err := protojson.Marshal(f)
	if err != nil {
		return store.Finding{}, fmt.Errorf("encode finding %s: %w", f.GetId(), err)
	}
	return store.Finding{ID: f.GetId(), Ordinal: f.GetOrdinal(), Message: message}, nil
}

// NewEvent returns the log's entry of an event. Analysis, sequence and time are
// the log's to give.
func NewEvent(e *analysisv1.Event, final bool) (eventlog.New, error) {
	payload, err := proto.Marshal(e)
	if err != nil {
		return eventlog.New{}, fmt.Errorf("encode event %s: %w", e.GetType(), err)
	}
	return eventlog.New{Type: e.GetType().String(), Payload: payload, Final: final}, nil
}

// Event returns an entry of the log as callers see it.
func Event(analysisID string, e eventlog.Event) (*analysisv1.Event, error) {
	out := &analysisv1.Event{}
	if err := proto.Unmarshal(e.Payload, out); err != nil {
		return nil, fmt.Errorf("decode event %d of analysis %s: %w", e.Sequence, analysisID, err)
	}
	out.AnalysisId, out.Sequence, out.Time = analysisID, e.Sequence, timestamppb.New(e.Time)
	return out, nil
}

// Findings returns findings as callers see them.
func Findings(rows []store.Finding) ([]*analysisv1.Finding, error) {
	out := make([]*analysisv1.Finding, len(rows))
	for i, row := range rows {
		f, err := Finding(row)
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}
