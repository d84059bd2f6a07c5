package report_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/proto/access"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report"
)

// auditLog stands for the audit log of the auth service, at the end of a line that
// can be cut.
type auditLog struct {
	authv1.UnimplementedAuditServiceServer
	cut atomic.Bool

	mu     sync.Mutex
	events []*authv1.AuditEvent
	by     []authn.Caller
}

// RecordAuditEvents implements authv1.AuditServiceServer.
func (l *auditLog) RecordAuditEvents(ctx context.Context, req *authv1.RecordAuditEventsRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events, l.by = append(l.events, req.GetAuditEvents()...), append(l.by, caller)
	return &emptypb.Empty{}, nil
}

// seen returns how many events have come.
func (l *auditLog) seen() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.events)
}

// dial serves the log as auth does, and returns a connection to it.
func (l *auditLog) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	server, err := grpcserver.New(grpcserver.Options{
		Name: "auth", Verifier: authntest.Verifier(t), Policy: authn.PolicyOf(access.Rule),
		Register: func(r grpc.ServiceRegistrar) { authv1.RegisterAuditServiceServer(r, l) },
	})
	require.NoError(t, err)
	lis := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, lis) }()
	conn, err := grpcclient.Dial("passthrough:///auth", grpcclient.Options{
		Dial: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			if l.cut.Load() {
				return nil, errors.New("the line is cut")
			}
			return lis.DialContext(ctx)
		})},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		require.NoError(t, <-served)
	})
	return conn
}

func TestAudit_EventsOfAnOutageOfAuthArriveOnceAfterIt(t *testing.T) {
	t.Parallel()
	b, log := setupIdle(t), &auditLog{}
	log.cut.Store(true)
	worker, err := report.New(t.Context(), b.cfg, report.Peers{Auth: log.dial(t)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
		worker.Close()
	})

	req := found(t)
	b.compose(t, b.ada, req) // of a service, and no event
	made, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: req.GetAnalysisId(), TemplateId: "brief"})
	require.NoError(t, err)
	viewer := b.ada
	viewer.UserID, viewer.Role = uuid.NewString(), authn.RoleViewer
	_, err = b.DeleteReport(as(t, viewer), &reportv1.DeleteReportRequest{Id: made.GetId()})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = b.DeleteReport(as(t, authntest.Caller(t, authn.RoleOwner)), &reportv1.DeleteReportRequest{Id: made.GetId()})
	require.ErrorIs(t, err, errs.NotFound)

	require.Zero(t, log.seen())
	log.cut.Store(false)
	require.Eventually(t, func() bool { return log.seen() == 3 }, time.Minute, 20*time.Millisecond)

	told := map[string]*authv1.AuditEvent{}
	for i, e := range log.events {
		told[e.GetAction()+" "+e.GetResult()] = e
		require.Equal(t, "report", log.by[i].Service)
		require.Equal(t, made.GetId(), e.GetObjectId(), e.GetAction())
	}
	require.Len(t, told, 3)
	require.Equal(t, b.ada.UserID, told["ReportService.CreateReport OK"].GetUserId())
	require.Equal(t, viewer.UserID, told["ReportService.DeleteReport PERMISSION_DENIED"].GetUserId())
	require.Equal(t, "ROLE_TOO_LOW", told["ReportService.DeleteReport PERMISSION_DENIED"].GetReason())
	for i, e := range log.events {
		if e.GetResult() != "NOT_FOUND" { // the other owner's call is told of at home
			require.Equal(t, b.ada.WorkspaceID, log.by[i].WorkspaceID)
		}
	}
}

// The jobs that carry events hold ids, and nothing of what was sent.
func TestAudit_NothingThatWasSentGetsIntoItsJobs(t *testing.T) {
	t.Parallel()
	const secret = "marked as a secret"
	b := setup(t)
	_, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: secret, TemplateId: secret, Title: secret})
	require.ErrorIs(t, err, errs.InvalidArgument)
	_, err = b.DeleteReport(as(t, b.ada), &reportv1.DeleteReportRequest{Id: secret})
	require.ErrorIs(t, err, errs.InvalidArgument)
	_, err = b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: uuid.NewString(), Title: secret})
	require.ErrorIs(t, err, errs.NotFound)

	var jobs, leaks int
	require.NoError(t, b.open(t).InWorkspace(t.Context(), b.ada.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			SELECT count(*), count(*) FILTER (WHERE strpos(j::text, $1) > 0) FROM river_job j
			WHERE kind = 'audit_event'`, secret).Scan(&jobs, &leaks)
	}))
	require.Equal(t, 3, jobs)
	require.Zero(t, leaks)
}
