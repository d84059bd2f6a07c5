package llm

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/semconv/v1.37.0/genaiconv"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/researcherpro/researcherpro/pkg/llm"

// What OpenTelemetry's conventions say is measured at a client of models.
var (
	durations = must(genaiconv.NewClientOperationDuration(otel.Meter(scope)))
	tokens    = must(genaiconv.NewClientTokenUsage(otel.Meter(scope)))
)

// must takes a metric. Only a name that is none makes it fail, and the metric is one
// that does nothing then.
func must[T any](metric T, err error) T {
	if err != nil {
		otel.Handle(err)
	}
	return metric
}

// seen is a call as telemetry sees it: what was used, never what was said.
type seen struct {
	span     trace.Span
	provider genaiconv.ProviderNameAttr
	begun    time.Time
	labels   []attribute.KeyValue
}

// begin starts the span of a call.
func (c *client) begin(ctx context.Context, r Request) (context.Context, *seen) {
	s := &seen{provider: genaiconv.ProviderNameAttr(c.provider), begun: time.Now()}
	s.labels = []attribute.KeyValue{semconv.GenAIRequestModel(r.Model)}
	if at, err := url.Parse(c.BaseURL); err == nil {
		s.labels = append(s.labels, semconv.ServerAddress(at.Hostname()))
		if port, err := strconv.Atoi(at.Port()); err == nil {
			s.labels = append(s.labels, semconv.ServerPort(port))
		}
	}
	ctx, s.span = otel.Tracer(scope).Start(ctx, "chat "+r.Model, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.GenAIOperationNameChat, semconv.GenAIProviderNameKey.String(c.provider), semconv.GenAIRequestMaxTokens(r.MaxTokens)),
		trace.WithAttributes(s.labels...))
	return ctx, s
}

// end ends the span and measures the call.
func (s *seen) end(ctx context.Context, resp Response, failed *Error) {
	labels := s.labels
	if failed != nil {
		problem := semconv.ErrorTypeKey.String(failed.Kind.String())
		labels = append(labels, problem)
		s.span.SetAttributes(problem)
		s.span.SetStatus(codes.Error, failed.Kind.String())
	} else {
		labels = append(labels, semconv.GenAIResponseModel(resp.Model))
		s.span.SetAttributes(semconv.GenAIResponseModel(resp.Model), semconv.GenAIResponseFinishReasons(string(resp.Finish)))
	}
	durations.Record(ctx, time.Since(s.begun).Seconds(), genaiconv.OperationNameChat, s.provider, labels...)
	if u := resp.Usage; u.InputTokens > 0 {
		s.span.SetAttributes(semconv.GenAIUsageInputTokens(int(u.InputTokens)), semconv.GenAIUsageOutputTokens(int(u.OutputTokens)))
		tokens.Record(ctx, u.InputTokens, genaiconv.OperationNameChat, s.provider, genaiconv.TokenTypeInput, labels...)
		tokens.Record(ctx, u.OutputTokens, genaiconv.OperationNameChat, s.provider, genaiconv.TokenTypeOutput, labels...)
	}
	s.span.End()
}
