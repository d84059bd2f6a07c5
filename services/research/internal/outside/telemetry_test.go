package outside_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

// The providers are the process' own, so other tests' requests are seen, too.
func TestTelemetry_CountsOutcomesAndHidesSecrets(t *testing.T) {
	t.Parallel()
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))

	b := setup(t, outside.Config{}, answering(503))
	watched := connector.Account{Provider: "watched", Credential: "hunter2"}
	_, err := b.get(t.Context(), t, watched, "/works?api_key=hunter2&q=private+question")
	require.Error(t, err)

	for _, span := range spans.Ended() {
		all := fmt.Sprint(span.Name(), span.Attributes(), span.Events(), span.Status())
		require.NotContains(t, all, "hunter2")
		require.NotContains(t, all, "private")
		if span.Name() == "GET watched" {
			require.Contains(t, span.Attributes(), attribute.Int("http.response.status_code", 503))
		}
	}
	var found metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &found))
	require.EqualValues(t, 1, count(found, "watched", "UNAVAILABLE"))
}

// count returns how many requests of a provider became what is asked for.
func count(all metricdata.ResourceMetrics, provider, became string) int64 {
	var n int64
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != "research.outside.requests" {
				continue
			}
			for _, point := range sum.DataPoints {
				of, _ := point.Attributes.Value("provider")
				what, _ := point.Attributes.Value("outcome")
				if of.AsString() == provider && what.AsString() == became {
					n += point.Value
				}
			}
		}
	}
	return n
}
