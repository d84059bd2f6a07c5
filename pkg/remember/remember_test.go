package remember_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/remember"
)

// service answers as a test says, and counts.
type service struct {
	asked atomic.Int64
	value string
	err   error
}

func (s *service) ask(context.Context) (string, error) {
	s.asked.Add(1)
	return s.value, s.err
}

// question is of more than one part, so that parts do not run into each other.
type question struct{ workspace, user string }

func setup() (*remember.Answers[question, string], *service, *time.Time) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return remember.New[question, string](func() time.Time { return now }), &service{value: "a"}, &now
}

func TestGet_RemembersForHalfAMinute(t *testing.T) {
	t.Parallel()
	answers, s, now := setup()
	for _, step := range []struct {
		after time.Duration
		asked int64
	}{{0, 1}, {29 * time.Second, 1}, {time.Second, 2}} {
		*now = now.Add(step.after)
		got, err := answers.Get(t.Context(), question{"w", "u"}, s.ask)
		require.NoError(t, err)
		require.Equal(t, "a", got)
		require.Equal(t, step.asked, s.asked.Load())
	}
}

func TestGet_TellsQuestionsApart(t *testing.T) {
	t.Parallel()
	answers, s, _ := setup()
	for i, q := range []question{{"w", "u"}, {"wu", ""}, {"", "wu"}, {"w", "v"}} {
		_, err := answers.Get(t.Context(), q, s.ask)
		require.NoError(t, err)
		require.Equal(t, int64(i+1), s.asked.Load())
	}
}

func TestGet_GoesOnForTenMinutesWhileTheServiceIsAway(t *testing.T) {
	t.Parallel()
	answers, s, now := setup()
	_, err := answers.Get(t.Context(), question{}, s.ask)
	require.NoError(t, err)
	s.err = errors.New("away")
	*now = now.Add(9 * time.Minute)
	for range 3 {
		got, err := answers.Get(t.Context(), question{}, s.ask)
		require.NoError(t, err)
		require.Equal(t, "a", got)
	}
	require.Equal(t, int64(2), s.asked.Load(), "and is not asked each time")
	*now = now.Add(time.Minute)
	_, err = answers.Get(t.Context(), question{}, s.ask)
	require.ErrorIs(t, err, errs.Unavailable)
}

func TestGet_ARefusalEndsWhatIsKnown(t *testing.T) {
	t.Parallel()
	answers, s, now := setup()
	_, err := answers.Get(t.Context(), question{}, s.ask)
	require.NoError(t, err)
	*now = now.Add(time.Minute)
	s.err = errs.NotFound
	_, err = answers.Get(t.Context(), question{}, s.ask)
	require.ErrorIs(t, err, errs.NotFound)
	s.err = errors.New("away")
	_, err = answers.Get(t.Context(), question{}, s.ask)
	require.ErrorIs(t, err, errs.Unavailable, "nothing is left to go on with")
}

func TestGet_AsksOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	answers, s, _ := setup()
	begun, answer := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (string, error) {
		close(begun)
		<-answer
		return s.ask(ctx)
	}
	var group sync.WaitGroup
	problems := make([]error, 10)
	group.Go(func() { _, problems[0] = answers.Get(t.Context(), question{}, slow) })
	<-begun
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := answers.Get(gone, question{}, slow)
	require.ErrorIs(t, err, context.Canceled, "who hangs up waits no longer")
	for i := range problems[1:] {
		group.Go(func() { _, problems[i+1] = answers.Get(t.Context(), question{}, s.ask) })
	}
	close(answer)
	group.Wait()
	require.NoError(t, errors.Join(problems...))
	require.Equal(t, int64(1), s.asked.Load())
}
