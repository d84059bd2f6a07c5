package report_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// follow opens a link as somebody without an account.
func (b *bundle) follow(t *testing.T, token, format string) (file, error) {
	t.Helper()
	stream, err := b.ExportSharedReport(t.Context(), &reportv1.ExportSharedReportRequest{Token: token, Format: format})
	require.NoError(t, err)
	if _, err := stream.Header(); err != nil {
		return file{}, err
	}
	if md, _ := stream.Header(); len(md.Get("content-size")) == 0 {
		_, err := stream.Recv()
		return file{}, err
	}
	return receive(t, stream), nil
}

func TestShare_ShowsOneVersionToWhoHasTheLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	composed := b.compose(t, b.ada, found(t))
	shared, err := b.CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.NoError(t, err)
	require.Len(t, shared.GetToken(), 43, "32 bytes of chance")
	require.EqualValues(t, 1, shared.GetVersion())
	require.Equal(t, b.ada.UserID, shared.GetCreatorId())
	require.WithinDuration(t, time.Now().Add(30*24*time.Hour), shared.GetExpireTime().AsTime(), time.Minute)

	_, err = b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: composed.GetId(), Title: "Not for everybody"})
	require.NoError(t, err)
	page, err := b.follow(t, shared.GetToken(), "")
	require.NoError(t, err)
	require.Equal(t, "text/html; charset=utf-8", page.contentType)
	require.Equal(t, "inline", page.disposition, "a browser shows it")
	require.NotContains(t, page.text, "Not for everybody", "the link shows what its maker saw")
	paper, err := b.follow(t, shared.GetToken(), "pdf")
	require.NoError(t, err)
	require.Equal(t, "attachment", paper.disposition)

	list, err := b.ListShares(ctx, &reportv1.ListSharesRequest{ReportId: composed.GetId()})
	require.NoError(t, err)
	require.Len(t, list.GetShares(), 1)
	require.Empty(t, list.GetShares()[0].GetToken(), "a token is told once")
}

func TestShare_EndsWhenItIsRevokedOrExpired(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	composed := b.compose(t, b.ada, found(t))
	revoked, err := b.CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.NoError(t, err)
	_, err = b.DeleteShare(ctx, &reportv1.DeleteShareRequest{ReportId: composed.GetId(), Id: revoked.GetId()})
	require.NoError(t, err)
	_, err = b.DeleteShare(ctx, &reportv1.DeleteShareRequest{ReportId: composed.GetId(), Id: revoked.GetId()})
	require.ErrorIs(t, err, errs.NotFound)

	expired, err := b.CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: composed.GetId(), ExpireTime: timestamppb.New(time.Now().Add(time.Second))})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := b.follow(t, expired.GetToken(), "md")
		return err != nil
	}, time.Minute, 50*time.Millisecond)

	gone := b.compose(t, b.ada, found(t))
	deleted, err := b.CreateShare(ctx, &reportv1.CreateShareRequest{ReportId: gone.GetId()})
	require.NoError(t, err)
	_, err = b.DeleteReport(ctx, &reportv1.DeleteReportRequest{Id: gone.GetId()})
	require.NoError(t, err)
	for name, token := range map[string]string{
		"revoked": revoked.GetToken(), "expired": expired.GetToken(), "of a deleted report": deleted.GetToken(), "never made": "x",
	} {
		_, err := b.follow(t, token, "md")
		require.ErrorIs(t, err, errs.NotFound, name)
		require.ErrorContains(t, err, "this link does not work", name)
	}
}

func TestCreateShare_RefusesBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	tests := map[string]struct {
		req  *reportv1.CreateShareRequest
		kind error
	}{
		"a time that is past":      {&reportv1.CreateShareRequest{ReportId: composed.GetId(), ExpireTime: timestamppb.New(time.Now().Add(-time.Second))}, errs.InvalidArgument},
		"more than a year":         {&reportv1.CreateShareRequest{ReportId: composed.GetId(), ExpireTime: timestamppb.New(time.Now().AddDate(1, 1, 0))}, errs.InvalidArgument},
		"a version that is none":   {&reportv1.CreateShareRequest{ReportId: composed.GetId(), Version: 7}, errs.NotFound},
		"a report that is none":    {&reportv1.CreateShareRequest{ReportId: uuid.NewString()}, errs.NotFound},
		"a report id that is none": {&reportv1.CreateShareRequest{ReportId: "7"}, errs.InvalidArgument},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.CreateShare(as(t, b.ada), tc.req)
			require.ErrorIs(t, err, tc.kind)
		})
	}
	eve := authntest.Caller(t, authn.RoleOwner)
	_, err := b.CreateShare(as(t, eve), &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.ListShares(as(t, eve), &reportv1.ListSharesRequest{ReportId: composed.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	viewer := b.ada
	viewer.Role = authn.RoleViewer
	_, err = b.CreateShare(as(t, viewer), &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.ErrorIs(t, err, errs.PermissionDenied)
}

func TestCreateShare_HasALimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	for range 100 {
		_, err := b.CreateShare(as(t, b.ada), &reportv1.CreateShareRequest{ReportId: composed.GetId()})
		require.NoError(t, err)
	}
	_, err := b.CreateShare(as(t, b.ada), &reportv1.CreateShareRequest{ReportId: composed.GetId()})
	require.ErrorIs(t, err, errs.ResourceExhausted)
}
