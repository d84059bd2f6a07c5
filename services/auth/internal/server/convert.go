package server

import (
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

func userProto(u store.User) *authv1.User {
	return &authv1.User{
		Id:          u.ID,
		Email:       u.Email,
		DisplayName: u.DisplayName,
		CreateTime:  timestamppb.New(u.CreateTime),
	}
}

func workspaceProto(w store.Workspace) *authv1.Workspace {
	return &authv1.Workspace{
		Id:          w.ID,
		DisplayName: w.DisplayName,
		CreateTime:  timestamppb.New(w.CreateTime),
		Etag:        strconv.FormatInt(w.Revision, 10),
	}
}

// inRole adds what a user may do in a workspace. It is part of the etag, as two
// users, or one before and after a change, must not take each other's answers for
// their own.
func inRole(described *authv1.Workspace, role authn.Role) {
	described.Role = accessv1.Role(role) // the numbers of authn.Role are those of the contract
	described.Etag += "." + strconv.Itoa(int(role))
}

func membershipProto(m store.Membership) *authv1.Membership {
	workspace := workspaceProto(m.Workspace)
	inRole(workspace, m.Role())
	return &authv1.Membership{Workspace: workspace, Role: workspace.GetRole()}
}

func membershipsProto(list []store.Membership) []*authv1.Membership {
	all := make([]*authv1.Membership, 0, len(list))
	for _, m := range list {
		all = append(all, membershipProto(m))
	}
	return all
}

func memberProto(m store.Member) *authv1.Member {
	return &authv1.Member{
		User: &authv1.User{
			Id:          m.UserID,
			Email:       m.Email,
			DisplayName: m.DisplayName,
			CreateTime:  timestamppb.New(m.UserCreateTime),
		},
		Role:       accessv1.Role(m.Role()),
		CreateTime: timestamppb.New(m.JoinTime),
		Etag:       m.ETag(),
	}
}

func invitationProto(i store.Invitation) *authv1.Invitation {
	return &authv1.Invitation{
		Id:         i.ID,
		Email:      i.Email,
		Role:       accessv1.Role(i.Role()),
		InviterId:  i.InviterID,
		CreateTime: timestamppb.New(i.CreateTime),
		ExpireTime: timestamppb.New(i.ExpireTime),
	}
}

func callerProto(c authn.Caller) *authv1.Caller {
	described := &authv1.Caller{
		UserId:            c.UserID,
		WorkspaceId:       c.WorkspaceID,
		Role:              accessv1.Role(c.Role),
		MembershipVersion: c.Membership,
		SessionId:         c.SessionID,
		ApiKeyId:          c.KeyID,
		Scopes:            permissions(c.Scopes),
	}
	if !c.Expire.IsZero() {
		described.ExpireTime = timestamppb.New(c.Expire)
	}
	return described
}
