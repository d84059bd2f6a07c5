package audit_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// sums returns the counters of package audit, by name and action.
func sums(t *testing.T, reader metric.Reader) map[string]int64 {
	t.Helper()
	var read metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &read))
	all := map[string]int64{}
	for _, scope := range read.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Sum[int64])
			require.True(t, ok, m.Name)
			for _, point := range data.DataPoints {
				action, _ := point.Attributes.Value("action")
				all[m.Name+" "+action.AsString()] += point.Value
			}
		}
	}
	return all
}

//nolint:paralleltest // the metrics are those of the process
func TestCallsOfNobodyAreCounted(t *testing.T) {
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	before := sums(t, reader)
	refuse := func(context.Context) error { return errs.Unauthenticated }
	call(t.Context(), t, "/a.b.In/SignIn", message(t), message(t), refuse)
	call(t.Context(), t, "/a.b.In/SignIn", message(t), message(t), done)
	call(with(t, "made.up.token"), t, "/a.b.Docs/Write", message(t), message(t), done)
	after := sums(t, reader)
	// Each call is made twice, as a unary one and as a stream.
	require.EqualValues(t, 2, after["audit.calls.anonymous In.SignIn"]-before["audit.calls.anonymous In.SignIn"], "signing in to no account")
	require.EqualValues(t, 2, after["audit.calls.anonymous Docs.Write"]-before["audit.calls.anonymous Docs.Write"], "calls without a good token")
}
