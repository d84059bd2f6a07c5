package server

import (
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// MembersDeps are what Members work with. All are needed.
type MembersDeps struct {
	Store *store.Store
	// Announcer tells all services whose access has ended or changed.
	Announcer store.Announcer
}

// Members implements authv1.MemberServiceServer.
type Members struct {
	authv1.UnimplementedMemberServiceServer
	MembersDeps
}

// NewMembers returns a server.
func NewMembers(d MembersDeps) *Members { return &Members{MembersDeps: d} }
