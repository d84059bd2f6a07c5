package pg

import (
	"context"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

// tracer writes one span for each query, with where it went.
type tracer struct{ *otelpgx.Tracer }

// newTracer returns the tracer of connections that are made with conn. Where they go
// is the same for all of them; the library would copy the whole configuration for each
// span to find out. Getting a connection has no span: waiting for one shows as the gap
// before the query.
func newTracer(conn *pgx.ConnConfig) tracer {
	return tracer{otelpgx.NewTracer(
		otelpgx.WithDisableAcquireTracer(),
		otelpgx.WithDisableConnectionDetailsInAttributes(),
		otelpgx.WithTracerAttributes(
			semconv.ServerAddress(conn.Host), semconv.ServerPort(int(conn.Port)),
			semconv.DBNamespace(conn.Database), semconv.UserName(conn.User)),
	)}
}

// readKey marks the context of a batch that is a read in a workspace.
type readKey struct{}

// TraceBatchStart implements [pgx.BatchTracer]. A read in a workspace is one query to
// who looks at a trace, although it is two to the server.
func (t tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	queries := data.Batch.QueuedQueries
	if len(queries) != 2 || queries[0].SQL != setWorkspace {
		return t.Tracer.TraceBatchStart(ctx, conn, data)
	}
	ctx = context.WithValue(ctx, readKey{}, true)
	return t.TraceQueryStart(ctx, conn, pgx.TraceQueryStartData{SQL: queries[1].SQL})
}

// TraceBatchQuery implements [pgx.BatchTracer]. What goes wrong in a read is told when
// its batch ends.
func (t tracer) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	if ctx.Value(readKey{}) == nil {
		t.Tracer.TraceBatchQuery(ctx, conn, data)
	}
}
