package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/server"
)

const lake = "Lake Baikal lies in Siberia. It is the deepest lake in the world, with a depth of 1,642 metres. Seals live there."

// claims serves the service, and returns a client and a context of a viewer.
func claims(t *testing.T) (context.Context, analysisv1.ClaimServiceClient) {
	t.Helper()
	served := peertest.Serve(t, "analysis", func(r grpc.ServiceRegistrar) {
		analysisv1.RegisterClaimServiceServer(r, server.Claims{})
	})
	client := analysisv1.NewClaimServiceClient(served.Dial(t, grpcclient.Options{}))
	return authn.WithToken(t.Context(), authntest.Token(t, authntest.Caller(t, authn.RoleViewer))), client
}

func TestCheckClaims_JudgesEachInItsPlace(t *testing.T) {
	t.Parallel()
	ctx, client := claims(t)
	resp, err := client.CheckClaims(ctx, &analysisv1.CheckClaimsRequest{Checks: []*analysisv1.ClaimToCheck{
		{Claim: "The deepest lake in the world has a depth of 1,642 metres.", Text: lake, Background: []string{lake, "A lake is deep."}},
		{Claim: "The deepest lake in the world has a depth of 1,942 metres.", Text: lake, Background: []string{lake, "A lake is deep."}},
		{Claim: "The treaty was signed in Vienna by five ministers.", Text: lake},
		{Claim: "Seals live there.", Text: ""},
	}})
	require.NoError(t, err)
	verdicts := resp.GetVerdicts()
	require.Len(t, verdicts, 4)

	require.Equal(t, analysisv1.Support_SUPPORTED, verdicts[0].GetSupport())
	best := verdicts[0].GetSentences()[0]
	require.Equal(t, "It is the deepest lake in the world, with a depth of 1,642 metres.", lake[best.GetStartOffset():best.GetEndOffset()])
	require.True(t, best.GetRationale())

	require.Equal(t, analysisv1.Support_CONTRADICTED, verdicts[1].GetSupport())
	require.Equal(t, "NUMBER_DIFFERS", verdicts[1].GetReasons()[0])
	require.Less(t, verdicts[1].GetScore(), verdicts[0].GetScore())

	require.Equal(t, analysisv1.Support_UNSUPPORTED, verdicts[2].GetSupport())
	require.Equal(t, analysisv1.Support_UNSUPPORTED, verdicts[3].GetSupport())
	require.Equal(t, []string{"NOTHING_TO_CHECK"}, verdicts[3].GetReasons())
	require.Empty(t, verdicts[3].GetSentences())
}

func TestCheckClaims_ShowsAtMostTwentySentences(t *testing.T) {
	t.Parallel()
	ctx, client := claims(t)
	resp, err := client.CheckClaims(ctx, &analysisv1.CheckClaimsRequest{Checks: []*analysisv1.ClaimToCheck{
		{Claim: "Seals live in the lake.", Text: strings.Repeat("Seals live in this lake. ", 50)},
	}})
	require.NoError(t, err)
	require.Len(t, resp.GetVerdicts()[0].GetSentences(), 20)
}

func TestCheckClaims_RefusesBadInputByName(t *testing.T) {
	t.Parallel()
	ctx, client := claims(t)
	mebibyte := strings.Repeat("many words ", 1<<20/11)
	for name, tc := range map[string]struct {
		checks []*analysisv1.ClaimToCheck
		field  string
	}{
		"nothing to check":         {nil, "checks"},
		"a claim without text":     {[]*analysisv1.ClaimToCheck{{Text: lake}}, "claim"},
		"a text beyond the limit":  {[]*analysisv1.ClaimToCheck{{Claim: "x", Text: mebibyte}}, "text"},
		"too much text in one go":  {repeated(5, &analysisv1.ClaimToCheck{Claim: "x", Text: mebibyte[:900_000]}), "checks: must hold at most 4 MiB"},
		"too much background":      {repeated(50, &analysisv1.ClaimToCheck{Claim: "x", Text: lake, Background: []string{mebibyte[:90_000]}}), "checks: must hold at most 4 MiB"},
		"more claims than a table": {repeated(201, &analysisv1.ClaimToCheck{Claim: "x", Text: lake}), "checks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.CheckClaims(ctx, &analysisv1.CheckClaimsRequest{Checks: tc.checks})
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func repeated(n int, c *analysisv1.ClaimToCheck) []*analysisv1.ClaimToCheck {
	out := make([]*analysisv1.ClaimToCheck, n)
	for i := range out {
		out[i] = c
	}
	return out
}
