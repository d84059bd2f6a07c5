package store

import (
	"slices"

	"github.com/researcherpro/researcherpro/pkg/filter"
)

// What the lists can be filtered by; the contract tells the same. Fields are named as
// callers see them.

// roleField is the role in a membership or an invitation.
func roleField(column string) filter.Field {
	return filter.Field{Name: "role", Column: column, Type: filter.Enum, Values: []string{"VIEWER", "RESEARCHER", "ADMIN", "OWNER"}}
}

// MembershipFilter is that of ListWorkspaces.
func MembershipFilter() filter.List {
	return filter.List{
		Text: []string{"w.display_name"},
		Fields: []filter.Field{
			{Name: "id", Column: "w.id", Type: filter.ID},
			{Name: "display_name", Column: "w.display_name", Type: filter.Text},
			{Name: "create_time", Column: "w.create_time", Type: filter.Time},
			roleField("m.role"),
		},
	}
}

// MemberFilter is that of ListMembers.
func MemberFilter() filter.List {
	return filter.List{
		Text: []string{"u.display_name", "u.email"},
		Fields: []filter.Field{
			{Name: "user.id", Column: "u.id", Type: filter.ID},
			{Name: "user.email", Column: "u.email", Type: filter.Text},
			{Name: "user.display_name", Column: "u.display_name", Type: filter.Text},
			{Name: "create_time", Column: "m.create_time", Type: filter.Time},
			roleField("m.role"),
		},
	}
}

// InvitationFilter is that of ListInvitations.
func InvitationFilter() filter.List {
	return filter.List{
		Text: []string{"email"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id", "inviter_id"), filter.Named(filter.Text, "email"),
			filter.Named(filter.Time, "create_time", "expire_time"), []filter.Field{roleField("role")},
		),
	}
}

// APIKeyFilter is that of ListApiKeys.
func APIKeyFilter() filter.List {
	return filter.List{
		Text: []string{"display_name"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id"), filter.Named(filter.Text, "display_name", "prefix"), filter.Named(filter.Texts, "scopes"),
			filter.Named(filter.Time, "create_time", "expire_time", "last_use_time"),
		),
	}
}

// AuditEventFilter is that of ListAuditEvents, besides the fields of its own. The ids
// of those who act are texts: they are empty for nobody.
func AuditEventFilter() filter.List {
	return filter.List{
		Text: []string{"action"},
		Fields: slices.Concat(
			filter.Named(filter.ID, "id"), filter.Named(filter.Time, "time"),
			filter.Named(filter.Text, "user_id", "api_key_id", "service", "action", "object_id", "address", "user_agent", "result",
				"reason", "request_id"),
		),
	}
}
