package hotread

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/researcherpro/researcherpro/pkg/authn"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	// atOnce is how many calls are open at a time.
	atOnce = 64
	// grpcConns is over how many connections gRPC's calls go.
	grpcConns = 8
)

// call makes one request; worker says which of those that call at once it is.
type call func(ctx context.Context, worker int) error

// load calls from atOnce workers, each as soon as it has its answer, and returns how
// many calls there were.
func load(tb testing.TB, length time.Duration, one call) int {
	tb.Helper()
	var (
		calls   atomic.Int64
		failed  atomic.Pointer[error]
		workers sync.WaitGroup
	)
	end := time.Now().Add(length)
	for worker := range atOnce {
		workers.Go(func() {
			for time.Now().Before(end) && failed.Load() == nil {
				if err := one(tb.Context(), worker); err != nil {
					failed.Store(&err)
					return
				}
				calls.Add(1)
			}
		})
	}
	workers.Wait()
	if err := failed.Load(); err != nil {
		require.NoError(tb, *err)
	}
	return int(calls.Load())
}

// overHTTP reads an analysis from a REST server, over connections that are kept.
func overHTTP(tb testing.TB, addr, token, id string) call {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true}
	tb.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	return func(ctx context.Context, _ int) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/api/v1/analysis/"+id, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", resp.Status, body)
		}
		return err
	}
}

// overGRPC reads an analysis from a gRPC server.
func overGRPC(tb testing.TB, addr, token, id string) call {
	tb.Helper()
	clients := make([]analysisv1.AnalysisServiceClient, grpcConns)
	for i := range clients {
		conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = conn.Close() })
		clients[i] = analysisv1.NewAnalysisServiceClient(conn)
	}
	return func(ctx context.Context, worker int) error {
		_, err := clients[worker%grpcConns].GetAnalysis(authn.WithToken(ctx, token), &analysisv1.GetAnalysisRequest{Id: id})
		return err
	}
}
