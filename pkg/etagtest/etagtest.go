// Package etagtest is what every resource with an etag has to pass (AIP-154).
package etagtest

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// updates is how many callers change the resource at the same time.
const updates = 6

// Resource is one that is there and may be changed and deleted by the test.
type Resource struct {
	// Read returns the etag of the resource as it is.
	Read func() (string, error)
	// Update changes the resource, every time to something else, and returns its
	// new etag. etag is that of the request.
	Update func(etag string) (string, error)
	// Delete deletes the resource.
	Delete func(etag string) error
}

// Run checks a resource; it is gone afterwards.
func Run(t *testing.T, r Resource) {
	t.Helper()
	first, err := r.Read()
	require.NoError(t, err)
	require.NotEmpty(t, first)
	second, err := r.Update("")
	require.NoError(t, err, "none given: whatever there is")
	require.NotEqual(t, first, second, "every change is another etag")
	shown, err := r.Read()
	require.NoError(t, err)
	require.Equal(t, second, shown, "an update answers what is read afterwards")

	_, err = r.Update(first)
	refused(t, err)
	refused(t, r.Delete(first))
	shown, err = r.Read()
	require.NoError(t, err)
	require.Equal(t, second, shown, "nothing was changed")

	oneWins(t, r, second)
	last, err := r.Read()
	require.NoError(t, err)
	require.NotEqual(t, second, last)
	require.NoError(t, r.Delete(last))
	_, err = r.Read()
	require.ErrorIs(t, err, errs.NotFound)
}

// oneWins checks that of many who change what they have read one does.
func oneWins(t *testing.T, r Resource, etag string) {
	t.Helper()
	results := make([]error, updates)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { _, results[i] = r.Update(etag) })
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		refused(t, err)
	}
	require.Equal(t, 1, won, "of many with one etag one wins")
}

// refused checks that a change was refused because of its etag.
func refused(t *testing.T, err error) {
	t.Helper()
	require.ErrorIs(t, err, errs.Conflict)
	require.Contains(t, reasons(err), errs.ETagMismatch)
}

// reasons are those that the service has told.
func reasons(err error) []string {
	var found []string
	for _, detail := range status.Convert(errs.Public(err)).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			found = append(found, info.GetReason())
		}
	}
	return found
}
