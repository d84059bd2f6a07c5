package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/proto/access"
)

func TestMatrix_CommittedOneIsUpToDate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	updated, err := replace(string(text), matrix())
	require.NoError(t, err)
	require.Equal(t, updated, string(text), "run make proto")
}

func TestMatrix_HasEveryMethodOnce(t *testing.T) {
	t.Parallel()
	table := matrix()
	for _, service := range access.Services() {
		for i := range service.Methods().Len() {
			name := "| `" + string(service.Name()) + "." + string(service.Methods().Get(i).Name()) + "` |"
			require.Equal(t, 1, strings.Count(table, name), name)
		}
	}
}

func TestMatrix_SaysWhoMayCall(t *testing.T) {
	t.Parallel()
	table := matrix()
	for method, want := range map[string]string{
		"AuthService.Login":             "| `AuthService.Login` | `PUBLIC` | ● | ● | ● | ● | ● | ● | ● |  |",
		"AuthService.ChangePassword":    "| `AuthService.ChangePassword` | `SIGNED_IN` |  | ● | ● | ● | ● |  |  | ● |",
		"AuthService.GetMe":             "| `AuthService.GetMe` | `AUTHENTICATED` |  | ● | ● | ● | ● | ● |  |  |",
		"MemberService.RemoveMember":    "| `MemberService.RemoveMember` | `MEMBERS_WRITE` |  |  |  | ● | ● | scope |  | ● |",
		"ApiKeyService.CreateApiKey":    "| `ApiKeyService.CreateApiKey` | `API_KEYS_WRITE` |  | ● | ● | ● | ● |  |  | ● |",
		"AuditService.RecordAuditEvent": "| `AuditService.RecordAuditEvents` | `SERVICE` |  |  |  |  |  |  | ● |  |",
	} {
		require.Contains(t, table, want, method)
	}
}

func TestReplace_NeedsBothMarks(t *testing.T) {
	t.Parallel()
	got, err := replace("before\n"+begin+"old"+end+"\nafter", "new")
	require.NoError(t, err)
	require.Equal(t, "before\n"+begin+"new"+end+"\nafter", got)
	_, err = replace("nothing", "new")
	require.Error(t, err)
	_, err = replace(begin+"no end", "new")
	require.Error(t, err)
}
