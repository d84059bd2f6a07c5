package llm_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// observed makes the process' telemetry readable, once. Other tests write to it, too:
// look for a model of one's own.
var observed = sync.OnceValues(func() (*tracetest.InMemoryExporter, *sdkmetric.ManualReader) {
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	return spans, reader
})

// attributes are a span's attributes by their names.
func attributes(list []attribute.KeyValue) map[string]any {
	all := map[string]any{}
	for _, a := range list {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

func TestCall_IsSeen(t *testing.T) {
	t.Parallel()
	spans, reader := observed()
	s := llmtest.New(t, llmtest.Queue(llmtest.Say("Anna wrote it."), llmtest.Fail(429, "busy", "Who wrote it? Not now.")))
	client := llm.NewPerplexity(llm.Config{BaseURL: s.Perplexity(), Key: "sk-secret"})
	r := question()
	r.Model = "model-" + rand.Text()
	_, err := client.Call(t.Context(), r, nil)
	require.NoError(t, err)
	_, err = client.Call(t.Context(), r, nil)
	require.Error(t, err)

	var seen []tracetest.SpanStub
	for _, span := range spans.GetSpans() {
		if span.Name == "chat "+r.Model {
			seen = append(seen, span)
		}
	}
	require.Len(t, seen, 2)
	got := attributes(seen[0].Attributes)
	require.NotZero(t, got["server.port"])
	delete(got, "server.port")
	require.Equal(t, map[string]any{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "perplexity", "gen_ai.request.model": r.Model,
		"gen_ai.request.max_tokens": int64(100), "gen_ai.response.model": r.Model, "gen_ai.response.finish_reasons": []string{"stop"},
		"gen_ai.usage.input_tokens": int64(7), "gen_ai.usage.output_tokens": int64(4), "server.address": "127.0.0.1",
	}, got)
	require.Equal(t, codes.Error, seen[1].Status.Code)
	require.Equal(t, "unavailable", attributes(seen[1].Attributes)["error.type"])
	require.NotContains(t, seen[1].Status.Description, "Who wrote it", "what was said is nobody's")
	require.Empty(t, seen[1].Events)

	require.Equal(t, map[string]int64{"input": 7, "output": 4}, tokensOf(t, reader, r.Model))
}

// tokensOf is what is measured of a model's tokens.
func tokensOf(t *testing.T, reader sdkmetric.Reader, model string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(context.WithoutCancel(t.Context()), &all))
	sums := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			data, ok := m.Data.(metricdata.Histogram[int64])
			if !ok || m.Name != "gen_ai.client.token.usage" {
				continue
			}
			for _, point := range data.DataPoints {
				if got := attributes(point.Attributes.ToSlice()); got["gen_ai.request.model"] == model {
					sums[got["gen_ai.token.type"].(string)] += point.Sum
				}
			}
		}
	}
	return sums
}
