package outside

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

const scope = "github.com/researcherpro/researcherpro/services/research/internal/outside"

// requests counts what became of requests; durations are of those that were sent.
var (
	requests  = counter("research.outside.requests", "Requests to outside APIs by what became of them")
	durations = histogram("research.outside.duration", "How long outside APIs took to answer")
)

// counter makes a counter. Only a name that is none makes it fail, and the counter is
// one that does nothing then.
func counter(name, description string) metric.Int64Counter {
	c, err := otel.Meter(scope).Int64Counter(name, metric.WithDescription(description))
	if err != nil {
		otel.Handle(err)
	}
	return c
}

// histogram makes a histogram of seconds; errors as with counter.
func histogram(name, description string) metric.Float64Histogram {
	h, err := otel.Meter(scope).Float64Histogram(name, metric.WithDescription(description), metric.WithUnit("s"))
	if err != nil {
		otel.Handle(err)
	}
	return h
}

// call is a request as telemetry sees it.
type call struct {
	span     trace.Span
	provider string
	begun    time.Time // when it was sent; zero if it was not
}

// begin starts a span. It holds no path and no query: keys and questions of users
// stand there.
func begin(ctx context.Context, provider string, req *http.Request) (context.Context, *call) {
	ctx, span := otel.Tracer(scope).Start(ctx, req.Method+" "+provider, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(req.Method), semconv.ServerAddress(req.URL.Hostname())))
	return ctx, &call{span: span, provider: provider}
}

// sent says that the request goes out now.
func (c *call) sent() { c.begun = time.Now() }

// answered says how it was answered, if status is not 0, or why it failed. The text of
// the error stays in the log.
func (c *call) answered(status int, err error) {
	if status > 0 {
		c.span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if err != nil {
		c.span.SetStatus(codes.Error, outcome(err))
	}
}

// end ends the span and counts the request.
func (c *call) end(ctx context.Context, became string) {
	labels := metric.WithAttributes(attribute.String("provider", c.provider), attribute.String("outcome", became))
	requests.Add(ctx, 1, labels)
	if !c.begun.IsZero() {
		durations.Record(ctx, time.Since(c.begun).Seconds(), labels)
	}
	c.span.SetAttributes(attribute.String("outcome", became))
	c.span.End()
}

// outcome is the label of how a request ended.
func outcome(err error) string {
	var own *connector.Error
	var busy *connector.Busy
	switch {
	case err == nil:
		return "answered"
	case errors.As(err, &own):
		return string(own.Problem)
	case errors.As(err, &busy):
		return "busy"
	}
	return "abandoned"
}
