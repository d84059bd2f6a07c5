package server

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/governor"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// Health says how providers have been answering, and what limits hold for them.
type Health interface {
	Health(ctx context.Context, account connector.Account) (governor.State, error)
	Limit(account connector.Account) governor.Limit
}

// ListConnectors implements researchv1.ResearchServiceServer. What cannot be asked
// at this moment, the credentials or the health, is left out of the answer.
func (s *Research) ListConnectors(ctx context.Context, _ *researchv1.ListConnectorsRequest) (*researchv1.ListConnectorsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListConnectorsResponse{}
	for _, c := range s.Connectors.All() {
		about := c.About()
		out := &researchv1.Connector{
			Name: about.Name, Description: about.Description, CredentialProvider: about.Provider, Filters: filters(about.Filters), Paid: about.Paid,
		}
		key := ""
		if about.Provider != "" {
			if key, err = s.Credentials.Credential(ctx, caller.WorkspaceID, caller.UserID, about.Provider); err != nil {
				slog.WarnContext(ctx, "credential cannot be looked up", "provider", about.Provider, "error", err)
			}
		}
		switch out.Missing = about.Missing; {
		case out.Missing != "":
		case about.NeedsCredential && err != nil:
			out.Missing = "the workspace's credentials could not be looked up"
		case about.NeedsCredential && key == "":
			out.Missing = connector.MissingCredential(about)
		}
		out.Configured = out.Missing == ""
		if !about.Local && !about.GivenOnly {
			s.addHealth(ctx, out, connector.Account{Provider: about.Name, Credential: key})
		}
		resp.Connectors = append(resp.Connectors, out)
	}
	return resp, nil
}

// addHealth adds how a provider has been answering, and its limits.
func (s *Research) addHealth(ctx context.Context, out *researchv1.Connector, account connector.Account) {
	state, err := s.Health.Health(ctx, account)
	if err != nil {
		slog.WarnContext(ctx, "health cannot be looked up", "provider", account.Provider, "error", err)
		return
	}
	limit, learnt := s.Health.Limit(account), state.Learnt
	out.Limits = &researchv1.ConnectorLimits{
		Requests: float64(cmp.Or(learnt.Requests, limit.Requests)), Per: durationpb.New(cmp.Or(learnt.Per, limit.Per)),
		Concurrency: int32(cmp.Or(learnt.Concurrency, limit.Concurrency)), Gap: durationpb.New(limit.Gap),
		Learnt: learnt != governor.Rate{},
	}
	out.Health = healthToProto(state, time.Now())
}

// healthToProto sums up how a provider has been answering.
func healthToProto(state governor.State, now time.Time) *researchv1.ConnectorHealth {
	out := &researchv1.ConnectorHealth{
		LastSuccessTime: momentOf(state.LastSuccess), LastFailureTime: momentOf(state.LastFailure),
	}
	switch {
	case state.OpenUntil.After(now):
		out.State, out.RetryTime = researchv1.ConnectorHealth_DOWN, momentOf(state.OpenUntil)
	case state.LastSuccess.IsZero() && state.LastFailure.IsZero():
		out.State = researchv1.ConnectorHealth_UNKNOWN
	case state.LastFailure.After(state.LastSuccess):
		out.State = researchv1.ConnectorHealth_DEGRADED
	default:
		out.State = researchv1.ConnectorHealth_HEALTHY
	}
	return out
}

// filters are the filters of a set, in the order of the contract.
func filters(set connector.Filter) []researchv1.Connector_Filter {
	var out []researchv1.Connector_Filter
	for _, f := range []struct {
		own  connector.Filter
		wire researchv1.Connector_Filter
	}{
		{connector.FilterDates, researchv1.Connector_DATES},
		{connector.FilterDomains, researchv1.Connector_DOMAINS},
		{connector.FilterLanguages, researchv1.Connector_LANGUAGES},
		{connector.FilterCollections, researchv1.Connector_COLLECTIONS},
	} {
		if set&f.own != 0 {
			out = append(out, f.wire)
		}
	}
	return out
}
