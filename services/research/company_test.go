package research_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// wardens are small documents that wait to be read: each has a word of its own, and
// one in the middle cannot be read.
const wardens, brokenWarden = 40, 17

// waiting uploads the wardens while nobody works, and returns them in order.
func waiting(ctx context.Context, t *testing.T, api *researchtest.Fixture) []*researchv1.Document {
	t.Helper()
	var all []*researchv1.Document
	for i := range wardens {
		name, content := fmt.Sprintf("%d.md", i), fmt.Sprintf("# Report\n\nThe harbour is kept by warden%d.\n", i)
		if i == brokenWarden {
			name, content = "broken.docx", "PK\x03\x04 is where it ends"
		}
		d, err := api.Upload(ctx, &researchv1.UploadDocumentRequest_Header{FileName: name}, bytes.NewReader([]byte(content)))
		require.NoError(t, err)
		all = append(all, d)
	}
	return all
}

// requireWardens checks that each is found once, but for the broken one, and returns
// in how many transactions they were stored.
func requireWardens(ctx context.Context, t *testing.T, f *researchtest.Fixture, all []*researchv1.Document) int {
	t.Helper()
	times := map[string]bool{}
	for i, d := range all {
		d = f.Await(ctx, t, d.GetId())
		times[d.GetUpdateTime().String()] = true
		if i == brokenWarden {
			require.Equal(t, researchv1.Document_FAILED, d.GetState())
			continue
		}
		require.Equal(t, researchv1.Document_READY, d.GetState(), d.GetError().String())
		hits := f.Search(ctx, t, fmt.Sprintf("warden%d", i))
		require.Len(t, hits, 1)
		require.Equal(t, d.GetId(), hits[0].GetDocumentId())
	}
	awaitIdle(t, allJobs(t, f.Config))
	return len(times)
}

func TestCompany_SmallDocumentsAreStoredTogether(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg)
	all := waiting(user, t, api)
	f := researchtest.Replica(t, cfg)
	require.Less(t, requireWardens(user, t, f, all), wardens/2)

	var jobs, attempts int
	require.NoError(t, allJobs(t, cfg).QueryRow(t.Context(),
		"SELECT count(*), sum(attempt) FROM river_job WHERE kind = 'index_document' AND state = 'completed'").Scan(&jobs, &attempts))
	require.Equal(t, wardens, jobs)
	require.Equal(t, wardens, attempts, "no document is read twice")
}

func TestCompany_OfAKilledProcessIsReadOneByOne(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg)
	all := waiting(user, t, api)
	// What is left of a process that was killed over all of them.
	_, err := allJobs(t, cfg).Exec(t.Context(), `
		UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY[$1]
		WHERE kind = 'index_document'`, cfg.WorkerID)
	require.NoError(t, err)

	f := researchtest.Replica(t, cfg)
	require.Equal(t, wardens, requireWardens(user, t, f, all), "what may have killed it is alone")
}

func TestCompany_OfALostDocumentGoesOn(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg)
	all := waiting(user, t, api)
	const lost = 5
	found, err := filepath.Glob(filepath.Join(api.Blobs, "*", all[lost].GetSha256()))
	require.NoError(t, err)
	require.Len(t, found, 1)
	file := found[0]
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.Remove(file))

	f := researchtest.Replica(t, cfg)
	for i, d := range all {
		if i != lost {
			f.Await(user, t, d.GetId())
		}
	}
	// Its job alone is tried again, and finds what has come back.
	require.NoError(t, os.WriteFile(file, content, 0o600))
	requireWardens(user, t, f, all)
}
