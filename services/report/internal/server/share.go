package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filestream"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

const (
	// shareLife is how long a link works if nobody says how long.
	shareLife = 30 * 24 * time.Hour
	// longestShare is how long a link works at most.
	longestShare = 366 * 24 * time.Hour
	// secretBytes is how much chance is in a token: nobody guesses one.
	secretBytes = 32
)

// errNoShare is the one answer for all ways in which a link can be no good.
var errNoShare = errs.New(errs.NotFound, "SHARE_NOT_FOUND", "this link does not work, or not any more")

// Shares implements reportv1.ShareServiceServer.
type Shares struct {
	reportv1.UnsafeShareServiceServer

	store  *store.Store
	editor *Editor
	files  *renderings.Renderings
}

var _ reportv1.ShareServiceServer = (*Shares)(nil)

// NewShares returns the server of links.
func NewShares(s *store.Store, editor *Editor, files *renderings.Renderings) *Shares {
	return &Shares{store: s, editor: editor, files: files}
}

// CreateShare implements reportv1.ShareServiceServer.
func (s *Shares) CreateShare(ctx context.Context, req *reportv1.CreateShareRequest) (*reportv1.Share, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	expire := time.Now().Add(shareLife)
	if req.GetExpireTime() != nil {
		expire = req.GetExpireTime().AsTime()
		ahead := time.Until(expire)
		if ahead <= 0 || ahead > longestShare {
			return nil, errs.Field("expire_time", "must lie ahead, and at most a year")
		}
	}
	// The version must be there before the link is.
	v, err := s.editor.Version(ctx, caller.WorkspaceID, req.GetReportId(), req.GetVersion())
	if err != nil {
		return nil, err
	}
	secret := make([]byte, secretBytes)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	created, err := s.store.CreateShare(ctx, store.Share{
		WorkspaceID: caller.WorkspaceID, ReportID: req.GetReportId(), Number: v.Number, CreatorID: caller.UserID, ExpireTime: expire,
	}, hashOf(token))
	if err != nil {
		return nil, err
	}
	share := shareToProto(created)
	share.Token = token
	return share, nil
}

// hashOf is what is stored of a token.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// ListShares implements reportv1.ShareServiceServer.
func (s *Shares) ListShares(ctx context.Context, req *reportv1.ListSharesRequest) (*reportv1.ListSharesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.GetReport(ctx, caller.WorkspaceID, req.GetReportId()); err != nil {
		return nil, err
	}
	list, err := s.store.ListShares(ctx, caller.WorkspaceID, req.GetReportId())
	if err != nil {
		return nil, err
	}
	resp := &reportv1.ListSharesResponse{}
	for _, share := range list {
		resp.Shares = append(resp.Shares, shareToProto(share))
	}
	return resp, nil
}

// DeleteShare implements reportv1.ShareServiceServer.
func (s *Shares) DeleteShare(ctx context.Context, req *reportv1.DeleteShareRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.store.DeleteShare(ctx, caller.WorkspaceID, req.GetReportId(), req.GetId())
}

// ExportSharedReport implements reportv1.ShareServiceServer.
func (s *Shares) ExportSharedReport(req *reportv1.ExportSharedReportRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	share, err := s.store.Shown(ctx, hashOf(req.GetToken()))
	if err != nil {
		return notShared(err)
	}
	v, err := s.store.GetVersion(ctx, share.WorkspaceID, share.ReportID, share.Number)
	if err != nil {
		return notShared(err)
	}
	name := req.GetFormat()
	if name == "" {
		name = "html"
	}
	file, err := exported(ctx, s.files, v, name)
	if err != nil {
		return err
	}
	file.Shown = name == "html"
	return filestream.Send(stream, s.files.Blobs(), file, filestream.Part{Offset: req.GetOffset(), Length: req.GetLength()})
}

// notShared hides which part of a link is missing.
func notShared(err error) error {
	if errors.Is(err, errs.NotFound) {
		return errNoShare
	}
	return err
}

func shareToProto(s store.Share) *reportv1.Share {
	return &reportv1.Share{
		Id: s.ID, ReportId: s.ReportID, Version: s.Number, CreatorId: s.CreatorID,
		ExpireTime: timestamppb.New(s.ExpireTime), CreateTime: timestamppb.New(s.CreateTime),
	}
}
