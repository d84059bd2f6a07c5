package auth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// as returns a context whose calls carry the session's access token.
func as(ctx context.Context, s *authv1.Session) context.Context {
	return authn.WithToken(ctx, s.GetAccessToken())
}

func TestRegister_MakesAUserWithAWorkspaceAndSignsIn(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session, err := server.Register(t.Context(), &authv1.RegisterRequest{
		Email: "Ada@Example.com", Password: authtest.Password, DisplayName: " Ada ",
	})
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", session.GetUser().GetEmail())
	require.Equal(t, "Ada", session.GetUser().GetDisplayName())
	require.Equal(t, "Ada's workspace", session.GetWorkspace().GetDisplayName())
	require.Equal(t, "Bearer", session.GetTokenType())
	require.EqualValues(t, 30*60, session.GetExpiresIn())

	me, err := server.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, session.GetUser().GetId(), me.GetUser().GetId())
	require.Len(t, me.GetWorkspaces(), 1)
	require.Equal(t, session.GetWorkspace().GetId(), me.GetWorkspaces()[0].GetWorkspace().GetId())
	require.Equal(t, accessv1.Role_OWNER, me.GetWorkspaces()[0].GetRole())
}

func TestRegister_RefusesBadInput(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	tests := map[string]struct {
		change func(*authv1.RegisterRequest)
		field  string
	}{
		"an address without a domain":  {func(r *authv1.RegisterRequest) { r.Email = "ada" }, "email"},
		"a short password":             {func(r *authv1.RegisterRequest) { r.Password = "eleven char" }, "password"},
		"a password beyond the limit":  {func(r *authv1.RegisterRequest) { r.Password = strings.Repeat("a", 257) }, "password"},
		"a common password":            {func(r *authv1.RegisterRequest) { r.Password = "password12345" }, "password: must not be a common"},
		"the name as a password":       {func(r *authv1.RegisterRequest) { r.Password, r.DisplayName = "ada lovelace", "Ada Lovelace" }, "password: must not be made of your"},
		"the address as a password":    {func(r *authv1.RegisterRequest) { r.Password = "ada@example.com" }, "password: must not be made of your"},
		"no name":                      {func(r *authv1.RegisterRequest) { r.DisplayName = "" }, "display_name"},
		"a name of nothing but spaces": {func(r *authv1.RegisterRequest) { r.DisplayName = "  " }, "display_name"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &authv1.RegisterRequest{Email: "ada@example.com", Password: authtest.Password, DisplayName: "Ada"}
			tc.change(req)
			_, err := server.Register(t.Context(), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func TestRegister_AcceptsALongNameInAnyScript(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session, err := server.Register(t.Context(), &authv1.RegisterRequest{
		Email: "long@example.com", Password: authtest.Password, DisplayName: strings.Repeat("ö", 100),
	})
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("ö", 88)+"'s workspace", session.GetWorkspace().GetDisplayName())
}

func TestRegister_OneAddressIsOneAccount(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	addresses := []string{"ada@example.com", "ADA@example.com", "Ada@Example.COM", "ada@example.com"}

	results := make([]error, len(addresses))
	var group sync.WaitGroup
	for i, address := range addresses {
		group.Go(func() {
			_, results[i] = server.Register(t.Context(), &authv1.RegisterRequest{
				Email: address, Password: authtest.Password, DisplayName: "Ada",
			})
		})
	}
	group.Wait()

	var made int
	for _, err := range results {
		if err == nil {
			made++
			continue
		}
		require.ErrorIs(t, err, errs.AlreadyExists)
	}
	require.Equal(t, 1, made)
}

func TestLogin_AcceptsThePasswordWhateverTheCaseOfTheAddress(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	registered := server.SignUp(t)
	session, err := server.Login(t.Context(), &authv1.LoginRequest{
		Email: strings.ToUpper(registered.GetUser().GetEmail()), Password: authtest.Password,
	})
	require.NoError(t, err)
	require.Equal(t, registered.GetUser().GetId(), session.GetUser().GetId())
	require.Equal(t, registered.GetWorkspace().GetId(), session.GetWorkspace().GetId())
	require.NotEqual(t, registered.GetRefreshToken(), session.GetRefreshToken())
}

// Whoever tries addresses must not learn which of them have an account.
func TestLogin_AnswersTheSameForAnUnknownAccountAndAWrongPassword(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	_, wrong := server.Login(t.Context(), &authv1.LoginRequest{Email: session.GetUser().GetEmail(), Password: "wrong password"})
	_, unknown := server.Login(t.Context(), &authv1.LoginRequest{Email: "nobody@example.com", Password: "wrong password"})
	require.ErrorIs(t, wrong, errs.Unauthenticated)
	require.ErrorIs(t, unknown, errs.Unauthenticated)
	require.Equal(t, wrong.Error(), unknown.Error())
}

func TestChangePassword_EndsEveryOtherSession(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	mine := server.SignUp(t)
	email := mine.GetUser().GetEmail()
	other, err := server.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: authtest.Password})
	require.NoError(t, err)
	stranger := server.SignUp(t)

	const fresh = "a password nobody knows yet"
	_, err = server.ChangePassword(as(t.Context(), mine), &authv1.ChangePasswordRequest{
		CurrentPassword: authtest.Password, NewPassword: fresh,
	})
	require.NoError(t, err)

	_, err = server.GetMe(as(t.Context(), other), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated, "the other session's access token")
	_, err = server.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: other.GetRefreshToken()})
	require.ErrorIs(t, err, errs.Unauthenticated, "the other session's refresh token")
	_, err = server.GetMe(as(t.Context(), mine), &authv1.GetMeRequest{})
	require.NoError(t, err, "the session that changed it goes on")
	_, err = server.GetMe(as(t.Context(), stranger), &authv1.GetMeRequest{})
	require.NoError(t, err, "other people's sessions go on")

	_, err = server.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: authtest.Password})
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = server.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: fresh})
	require.NoError(t, err)
}

func TestChangePassword_NeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	_, err := server.ChangePassword(as(t.Context(), session), &authv1.ChangePasswordRequest{
		CurrentPassword: "not the current one", NewPassword: "a password nobody knows yet",
	})
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = server.Login(t.Context(), &authv1.LoginRequest{
		Email: session.GetUser().GetEmail(), Password: authtest.Password,
	})
	require.NoError(t, err, "nothing has changed")
}

func TestChangePassword_RefusesOneThatIsGuessedFirst(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	for _, fresh := range []string{"123456789012", "lovelace1815", session.GetUser().GetEmail()} {
		_, err := server.ChangePassword(as(t.Context(), session), &authv1.ChangePasswordRequest{
			CurrentPassword: authtest.Password, NewPassword: fresh,
		})
		require.ErrorIs(t, err, errs.InvalidArgument)
		require.ErrorContains(t, err, "new_password: must not be")
	}
}

// outdated is a hash of authtest.Password with parameters that are weak today.
const outdated = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"

func TestLogin_RenewsAHashWithParametersOfThePast(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	sum := argon2.IDKey([]byte(authtest.Password), []byte("somesaltsomesalt"), 1, 8192, 1, 32)
	old := outdated + base64.RawStdEncoding.EncodeToString(sum)
	db := database(t, server.Config)
	stored := func(set string) (hash string) {
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config('app.user_id', $1, true)`, session.GetUser().GetId()); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `UPDATE users SET password_hash = coalesce(nullif($1, ''), password_hash) RETURNING password_hash`, set).Scan(&hash)
		}))
		return hash
	}
	stored(old)
	email := session.GetUser().GetEmail()
	require.ErrorIs(t, wrong(t.Context(), server, email), errs.Unauthenticated)
	require.Equal(t, old, stored(""), "a wrong password renews nothing")

	results := make([]error, 4) // at once: each renews it, and none is refused for that
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			_, results[i] = server.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: authtest.Password})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	renewed := stored("")
	require.Contains(t, renewed, "m=19456,t=2,p=1")
	_, err := server.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: authtest.Password})
	require.NoError(t, err)
	require.Equal(t, renewed, stored(""), "what is up to date stays")
}

// database opens the database of a served service.
func database(t *testing.T, cfg auth.Config) *pg.Pool {
	t.Helper()
	db, err := pg.Open(t.Context(), cfg.DatabaseURL, pg.Options{Name: "test", MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func TestMethodsOfOnesOwnAccountNeedAToken(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	calls := map[string]func(context.Context) error{
		"GetMe": func(ctx context.Context) error { _, err := server.GetMe(ctx, &authv1.GetMeRequest{}); return err },
		"Logout": func(ctx context.Context) error {
			_, err := server.Logout(ctx, &authv1.LogoutRequest{})
			return err
		},
		"ChangePassword": func(ctx context.Context) error {
			_, err := server.ChangePassword(ctx, &authv1.ChangePasswordRequest{
				CurrentPassword: authtest.Password, NewPassword: authtest.Password,
			})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, call(t.Context()), errs.Unauthenticated)
			require.ErrorIs(t, call(authn.WithToken(t.Context(), "made.up.token")), errs.Unauthenticated)
		})
	}
}

func TestNew_RefusesABadConfiguration(t *testing.T) {
	t.Parallel()
	good := authtest.Config(t)
	tests := map[string]struct {
		change func(*auth.Config)
		says   string
	}{
		"a short secret":           {func(c *auth.Config) { c.SecretKey = "short" }, "SECRET_KEY"},
		"an unknown algorithm":     {func(c *auth.Config) { c.Algorithm = "RS256" }, "ALGORITHM"},
		"tokens without a life":    {func(c *auth.Config) { c.TokenMinutes = 0 }, "ACCESS_TOKEN_EXPIRE_MINUTES"},
		"sign-ins without a life":  {func(c *auth.Config) { c.RefreshDays = 0 }, "REFRESH_TOKEN_EXPIRE_DAYS"},
		"keys for a negative time": {func(c *auth.Config) { c.KeyDays = -1 }, "KEY_ROTATION_DAYS"},
		"a log without a past":     {func(c *auth.Config) { c.AuditDays = -1 }, "AUDIT_RETENTION_DAYS"},
		"sign-ins that last years": {func(c *auth.Config) { c.RefreshDays = 10_000 }, "REFRESH_TOKEN_EXPIRE_DAYS"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			tc.change(&cfg)
			_, err := auth.New(t.Context(), cfg)
			require.ErrorContains(t, err, tc.says)
		})
	}
}
