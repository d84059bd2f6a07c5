package authn_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

type (
	roleNumber int32
	permission string
)

func (p permission) String() string { return string(p) }

// described is what auth answers.
type described struct {
	authn.Caller
}

func (d described) GetUserId() string           { return d.UserID }      //nolint:revive // the generated name
func (d described) GetWorkspaceId() string      { return d.WorkspaceID } //nolint:revive // the generated name
func (d described) GetRole() roleNumber         { return roleNumber(d.Role) }
func (d described) GetMembershipVersion() int64 { return d.Membership }
func (d described) GetSessionId() string        { return d.SessionID } //nolint:revive // the generated name
func (d described) GetApiKeyId() string         { return d.KeyID }     //nolint:revive // the generated name
func (d described) GetScopes() (all []permission) {
	for _, s := range d.Scopes {
		all = append(all, permission(s))
	}
	return all
}

func (d described) GetExpireTime() *timestamppb.Timestamp {
	if d.Expire.IsZero() {
		return nil
	}
	return timestamppb.New(d.Expire)
}

// auth answers GetCaller as a test says, and counts.
type auth struct {
	mu     sync.Mutex
	caller authn.Caller
	err    error
	asked  int
	shown  metadata.MD
	hang   chan struct{} // when set, answers wait for its end
	open   int
	peak   int
}

func (a *auth) ask(ctx context.Context) (described, error) {
	a.mu.Lock()
	a.asked++
	a.open++
	a.peak = max(a.peak, a.open)
	a.shown, _ = metadata.FromOutgoingContext(ctx)
	caller, err, hang := a.caller, a.err, a.hang
	a.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	return described{caller}, err
}

func (a *auth) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *auth) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// member is who auth knows.
var member = authn.Caller{
	UserID: "u", WorkspaceID: "w", KeyID: "k", Role: authn.RoleAdmin, Membership: 3,
	Scopes: []string{"DOCUMENTS_READ"}, Expire: time.Unix(2_000_000_000, 0).UTC(),
}

func newDirectory() (*authn.CachedDirectory, *auth, *clock) {
	a, c := &auth{caller: member}, &clock{now: time.Unix(1_900_000_000, 0)}
	d := authn.NewDirectory(a.ask)
	d.SetClock(c.Now)
	return d, a, c
}

// ofKey and ofMember are questions about an API key, and about a session's user.
func ofKey(key string) authn.Query {
	return authn.Query{Credential: authn.Credential{Token: key}}
}

func ofMember(since int64) authn.Query {
	return authn.Query{
		Credential: authn.Credential{Token: "session", WorkspaceID: "w"}, Known: authn.Caller{UserID: "u"}, Since: since,
	}
}

func TestDirectory_ShowsTheCredentialAndTranslatesTheAnswer(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	// What came in with the call must not go on.
	ctx := metadata.NewOutgoingContext(t.Context(), metadata.Pairs("authorization", "Bearer another", "x-workspace-id", "another"))
	got, err := d.Lookup(ctx, authn.Query{Credential: authn.Credential{Token: "rp_x", WorkspaceID: "w"}})
	require.NoError(t, err)
	require.Equal(t, member, got)
	require.Equal(t, metadata.Pairs("authorization", "Bearer rp_x", "x-workspace-id", "w"), a.shown)
}

func TestDirectory_AsksAgainWhenAnAnswerIsNotFresh(t *testing.T) {
	t.Parallel()
	d, a, c := newDirectory()
	steps := []struct {
		wait  time.Duration
		query authn.Query
		asked int
	}{
		{0, ofKey("rp_x"), 1},
		{29 * time.Second, ofKey("rp_x"), 1},
		{time.Second, ofKey("rp_x"), 2},
		{0, ofKey("rp_y"), 3},
		{0, authn.Query{Credential: authn.Credential{Token: "rp_x", WorkspaceID: "w"}}, 4}, // another question
	}
	for i, step := range steps {
		c.add(step.wait)
		_, err := d.Lookup(t.Context(), step.query)
		require.NoError(t, err)
		require.Equal(t, step.asked, a.count(), "step %d", i)
	}
}

func TestDirectory_AnOlderMembershipThanAskedForIsNoAnswer(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	_, err := d.Lookup(t.Context(), ofMember(3))
	require.NoError(t, err)
	a.set(func() { a.caller.Membership, a.caller.Role = 4, authn.RoleViewer })
	got, err := d.Lookup(t.Context(), ofMember(4))
	require.NoError(t, err)
	require.Equal(t, authn.RoleViewer, got.Role)
	a.set(func() { a.err = errs.Unavailable })
	_, err = d.Lookup(t.Context(), ofMember(5))
	require.ErrorIs(t, err, errs.Unavailable, "what is known to have changed is never used again")
}

// A question that is open when the membership changes may be answered from before the
// change: whoever knows of it must not get that answer.
func TestDirectory_WhoKnowsOfAChangeSharesNoOlderQuestion(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	hang := make(chan struct{})
	a.set(func() { a.hang = hang })
	before := make(chan authn.Caller, 1)
	go func() {
		c, _ := d.Lookup(context.WithoutCancel(t.Context()), ofMember(3))
		before <- c
	}()
	require.Eventually(t, func() bool { return a.count() == 1 }, 5*time.Second, time.Millisecond)
	a.set(func() { a.hang, a.caller.Membership, a.caller.Role = nil, 4, authn.RoleViewer })
	after, err := d.Lookup(t.Context(), ofMember(4))
	require.NoError(t, err)
	require.Equal(t, authn.RoleViewer, after.Role)
	close(hang)
	require.Equal(t, authn.RoleAdmin, (<-before).Role)
	after, err = d.Lookup(t.Context(), ofMember(4))
	require.NoError(t, err)
	require.Equal(t, authn.RoleViewer, after.Role, "the late answer does not come back")
}

func TestDirectory_GoesOnWithOldAnswersWhileAuthIsDown(t *testing.T) {
	t.Parallel()
	d, a, c := newDirectory()
	_, err := d.Lookup(t.Context(), ofKey("rp_x"))
	require.NoError(t, err)
	a.set(func() { a.err = errors.New("connection refused") })

	c.add(5 * time.Minute)
	for range 10 {
		got, err := d.Lookup(t.Context(), ofKey("rp_x"))
		require.NoError(t, err)
		require.Equal(t, member, got)
	}
	require.Equal(t, 2, a.count(), "it is not asked for every call")
	c.add(time.Second)
	_, err = d.Lookup(t.Context(), ofKey("rp_x"))
	require.NoError(t, err)
	require.Equal(t, 3, a.count())

	c.add(5 * time.Minute)
	_, err = d.Lookup(t.Context(), ofKey("rp_x"))
	require.Error(t, err, "ten minutes are enough")
}

func TestDirectory_AnAuthThatHangsIsNotWaitedForWithAnOldAnswer(t *testing.T) {
	t.Parallel()
	d, a, c := newDirectory()
	_, err := d.Lookup(t.Context(), ofKey("rp_x"))
	require.NoError(t, err)
	hang := make(chan struct{})
	defer close(hang)
	a.set(func() { a.hang = hang })
	c.add(time.Minute)
	start := time.Now()
	got, err := d.Lookup(t.Context(), ofKey("rp_x"))
	require.NoError(t, err)
	require.Equal(t, member, got)
	require.Less(t, time.Since(start), 3*time.Second, "less than a question may take")
}

func TestDirectory_ANoIsANoAtOnce(t *testing.T) {
	t.Parallel()
	for name, no := range map[string]error{"key is not good": errs.Unauthenticated, "no member": errs.NotFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, a, c := newDirectory()
			_, err := d.Lookup(t.Context(), ofMember(0))
			require.NoError(t, err)
			c.add(time.Minute)
			a.set(func() { a.err = no })
			_, err = d.Lookup(t.Context(), ofMember(0))
			require.ErrorIs(t, err, no)
			a.set(func() { a.err = errs.Unavailable })
			_, err = d.Lookup(t.Context(), ofMember(0))
			require.ErrorIs(t, err, errs.Unavailable, "the old answer is gone")
		})
	}
}

func TestDirectory_AMadeUpKeyIsAskedForOnce(t *testing.T) {
	t.Parallel()
	d, a, c := newDirectory()
	a.set(func() { a.err = errs.Unauthenticated })
	for range 10 {
		_, err := d.Lookup(t.Context(), ofKey("rp_made_up"))
		require.ErrorIs(t, err, errs.Unauthenticated)
	}
	require.Equal(t, 1, a.count())
	a.set(func() { a.err = nil })
	c.add(10 * time.Second)
	_, err := d.Lookup(t.Context(), ofKey("rp_made_up"))
	require.NoError(t, err, "not for ever")
	// A user who becomes a member must not wait, so that is not remembered.
	a.set(func() { a.err = errs.NotFound })
	_, err = d.Lookup(t.Context(), ofMember(0))
	require.ErrorIs(t, err, errs.NotFound)
	a.set(func() { a.err = nil })
	_, err = d.Lookup(t.Context(), ofMember(0))
	require.NoError(t, err)
}

func TestDirectory_MadeUpKeysKeepNobodyWaiting(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	hang := make(chan struct{})
	a.set(func() { a.hang = hang })
	const flood = 50
	var done sync.WaitGroup
	for i := range flood {
		done.Go(func() { _, _ = d.Lookup(t.Context(), ofKey("rp_"+strconv.Itoa(i))) })
	}
	require.Eventually(t, func() bool { return a.count() == authn.MaxAskingUnknown }, 5*time.Second, time.Millisecond)
	a.set(func() { a.hang = nil })
	_, err := d.Lookup(t.Context(), ofMember(0))
	require.NoError(t, err, "a user's question has its own turns")
	close(hang)
	done.Wait()
	require.LessOrEqual(t, a.peak, authn.MaxAskingUnknown+1)
}

func TestDirectory_IsBounded(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	for i := range authn.MaxKnown + 100 {
		_, err := d.Lookup(t.Context(), ofKey("rp_good"+strconv.Itoa(i)))
		require.NoError(t, err)
	}
	a.set(func() { a.err = errs.Unauthenticated })
	for i := range authn.MaxKnown + 100 {
		_, err := d.Lookup(t.Context(), ofKey("rp_bad"+strconv.Itoa(i)))
		require.Error(t, err)
	}
	good, madeUp := d.Remembers()
	require.Equal(t, authn.MaxKnown, good, "made-up keys push no good one out")
	require.Equal(t, authn.MaxKnown, madeUp)
}

func TestDirectory_AsksOnceForMany(t *testing.T) {
	t.Parallel()
	d, a, _ := newDirectory()
	hang := make(chan struct{})
	a.set(func() { a.hang = hang })
	gone, hangUp := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { _, err := d.Lookup(gone, ofMember(0)); first <- err }()
	require.Eventually(t, func() bool { return a.count() == 1 }, 5*time.Second, time.Millisecond)
	answers := make(chan error, 20)
	for range cap(answers) {
		go func() { _, err := d.Lookup(context.WithoutCancel(t.Context()), ofMember(0)); answers <- err }()
	}
	hangUp()
	require.ErrorIs(t, <-first, context.Canceled)
	close(hang)
	for range cap(answers) {
		require.NoError(t, <-answers, "the first who hung up takes nobody along")
	}
	require.LessOrEqual(t, a.count(), 2)
}
