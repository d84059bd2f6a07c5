// Package telemetry sets up what a process tells about itself: structured logs
// with request and trace ids, OpenTelemetry traces, and metrics for Prometheus.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

// Config is the telemetry part of a process' configuration.
type Config struct {
	LogLevel     slog.Level `env:"LOG_LEVEL" envDefault:"INFO" doc:"least level that is logged: DEBUG, INFO, WARN or ERROR"`
	OTLPEndpoint string     `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"where traces are sent (OTLP over gRPC); unset sends none"`
}

// Telemetry is what was set up. Shut it down to send what is still buffered.
type Telemetry struct {
	registry *prometheus.Registry
	stop     []func(context.Context) error
}

// Setup makes the process' default logger write JSON to out, and installs the
// global tracer and meter providers. Call it once, from a program's main.
func Setup(ctx context.Context, service string, cfg Config, out io.Writer) (*Telemetry, error) {
	slog.SetDefault(NewLogger(out, cfg.LogLevel).With("service", service))

	t := &Telemetry{registry: prometheus.NewRegistry()}
	t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	about := resource.NewSchemaless(semconv.ServiceName(service))

	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(t.registry))
	if err != nil {
		return nil, fmt.Errorf("set up metrics: %w", err)
	}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(about))
	otel.SetMeterProvider(meters)
	t.stop = append(t.stop, meters.Shutdown)

	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	if cfg.OTLPEndpoint != "" {
		// The exporter reads the endpoint, and the other OTEL_ variables, itself.
		exporter, err := otlptracegrpc.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("set up traces: %w", err)
		}
		tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
		otel.SetTracerProvider(tracers)
		t.stop = append(t.stop, tracers.Shutdown)
	}
	return t, nil
}

// Metrics serves the metrics in Prometheus' format.
func (t *Telemetry) Metrics() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// Shutdown sends what is still buffered, until ctx ends.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var all []error
	for _, stop := range t.stop {
		all = append(all, stop(ctx))
	}
	return errors.Join(all...)
}
