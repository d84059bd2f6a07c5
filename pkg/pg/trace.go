package pg

import (
	"context"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

// tracer writes a span for each query, with where it went, which is the same for all
// connections of a pool.
type tracer struct{ *otelpgx.Tracer }

// newTracer returns the tracer of connections that are made with conn. The library
// would copy the whole configuration for each span to find out where the server is.
func newTracer(conn *pgx.ConnConfig) tracer {
	return tracer{otelpgx.NewTracer(
		otelpgx.WithDisableConnectionDetailsInAttributes(),
		otelpgx.WithTracerAttributes(
			semconv.ServerAddress(conn.Host), semconv.ServerPort(int(conn.Port)),
			semconv.DBNamespace(conn.Database), semconv.UserName(conn.User)),
	)}
}

// TraceBatchQuery implements [pgx.BatchTracer]. That a batch is for a workspace is no
// query that anybody looks for.
func (t tracer) TraceBatchQuery(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchQueryData) {
	if data.SQL == setWorkspace && data.Err == nil {
		return
	}
	t.Tracer.TraceBatchQuery(ctx, conn, data)
}
