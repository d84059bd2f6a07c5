package pg_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

// traced runs fn under a span and returns the spans that came of it, without those of
// connections and statements that were made on the way.
func traced(t *testing.T, fn func(ctx context.Context)) []sdktrace.ReadOnlySpan {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	defer otel.SetTracerProvider(before)
	db := pgtest.New(t, tables) // a pool takes its tracer when it is opened
	require.NoError(t, write(t.Context(), db, alice, "a"))
	_ = notes(t, db, alice) // the statements are prepared from here on
	ctx, span := provider.Tracer("test").Start(context.WithValue(t.Context(), dbKey{}, db), "call")
	fn(ctx)
	span.End()
	var spans []sdktrace.ReadOnlySpan
	for _, s := range recorder.Ended() {
		if s.Parent().SpanID() == span.SpanContext().SpanID() {
			spans = append(spans, s)
		}
	}
	return spans
}

type dbKey struct{}

//nolint:paralleltest // the tracer provider is the process's
func TestTrace_AReadInAWorkspaceIsOneSpan(t *testing.T) {
	const query = "SELECT body FROM notes ORDER BY body"
	spans := traced(t, func(ctx context.Context) {
		_, err := pg.ReadAll(ctx, ctx.Value(dbKey{}).(*pg.Pool), alice, pgx.RowTo[string], query)
		require.NoError(t, err)
	})
	require.Len(t, spans, 1)
	require.Equal(t, "SELECT", spans[0].Name())
	require.Equal(t, trace.SpanKindClient, spans[0].SpanKind())
	require.Contains(t, spans[0].Attributes(), attribute.String("db.query.text", query))
	about := attribute.NewSet(spans[0].Attributes()...)
	for _, name := range []attribute.Key{"db.system.name", "db.namespace", "server.address", "server.port", "user.name"} {
		require.True(t, about.HasValue(name), "%s: where it went", name)
	}
}

//nolint:paralleltest // the tracer provider is the process's
func TestTrace_AReadThatFailsSaysSo(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		_, err := pg.ReadAll(ctx, ctx.Value(dbKey{}).(*pg.Pool), alice, pgx.RowTo[int], "SELECT 1 / 0")
		require.Error(t, err)
	})
	require.NotEmpty(t, spans)
	require.Equal(t, codes.Error, spans[len(spans)-1].Status().Code)
}

//nolint:paralleltest // the tracer provider is the process's
func TestTrace_AnotherBatchHasASpanForEachQuery(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		batch := &pgx.Batch{}
		batch.Queue("SELECT body FROM notes")
		batch.Queue("SELECT name FROM counters")
		require.NoError(t, ctx.Value(dbKey{}).(*pg.Pool).SendBatch(ctx, batch).Close())
	})
	require.NotEmpty(t, spans)
	require.Equal(t, "batch start", spans[len(spans)-1].Name())
}
