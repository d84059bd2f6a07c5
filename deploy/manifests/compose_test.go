package manifests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// loadCompose reads compose.yaml with the loader of Docker Compose: interpolated,
// checked against the specification's schema, and consistent.
func loadCompose(t *testing.T, env []string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(root, "deploy/compose.yaml")},
		cli.WithEnv(env), cli.WithProfiles([]string{"*"}),
	)
	require.NoError(t, err)
	return options.LoadProject(t.Context())
}

// runSecrets runs secrets.sh, which only prints.
func runSecrets(t *testing.T, form string) string {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not there")
	}
	command := exec.CommandContext(t.Context(), bash, filepath.Join(root, "deploy/scripts/secrets.sh"), form)
	command.Stderr = os.Stderr
	out, err := command.Output()
	require.NoError(t, err)
	return string(out)
}

// secretEnv returns the variables that secrets.sh makes for compose.
func secretEnv(t *testing.T) []string {
	t.Helper()
	return strings.Fields(runSecrets(t, "env"))
}

// secretsOfScript returns the Secrets that secrets.sh makes, decoded strictly.
func secretsOfScript(t *testing.T) map[string]*corev1.Secret {
	t.Helper()
	decoder := strictDecoder(t)
	var objects []object
	for _, text := range bytes.Split([]byte(runSecrets(t, "kubernetes")), []byte("---\n"))[1:] {
		objects = append(objects, decode(t, decoder, text))
	}
	return named[*corev1.Secret](objects)
}

func TestCompose_NamesTheFleetAndItsMigrations(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, secretEnv(t))
	require.NoError(t, err)
	for _, name := range append([]string{"postgres", "redis", "nginx", "operations"}, processes...) {
		require.Contains(t, project.Services, name)
	}
	for _, name := range withSchema {
		require.Contains(t, project.Services, "migrate-"+name)
		migrate := project.Services["migrate-"+name]
		require.Equal(t, types.ShellCommand{"migrate"}, migrate.Command)
		require.Equal(t, project.Services[name].Image, migrate.Image)
		require.Equal(t, types.ServiceConditionHealthy, migrate.DependsOn["postgres"].Condition)
		require.Equal(t, types.ServiceConditionCompletedSuccessfully, project.Services[name].DependsOn["migrate-"+name].Condition)
	}
}

func TestCompose_RefusesToStartWithoutPasswords(t *testing.T) {
	t.Parallel()
	env := secretEnv(t)
	for i, missing := range env {
		name, _, _ := strings.Cut(missing, "=")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadCompose(t, append(append([]string{}, env[:i]...), env[i+1:]...))
			require.ErrorContains(t, err, name)
		})
	}
}

func TestCompose_SetsOnlyNamesThatExist(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, secretEnv(t))
	require.NoError(t, err)
	known := configNames(t)
	for _, name := range processes {
		for variable := range project.Services[name].Environment {
			require.Contains(t, known, variable, name)
		}
	}
}

func TestCompose_LocksTheFleetDown(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, secretEnv(t))
	require.NoError(t, err)
	pinned := regexp.MustCompile(`:[0-9]+\.[0-9]+`)
	for name, service := range project.Services {
		require.Regexp(t, pinned, service.Image, name)
		if name == "nginx" {
			require.Equal(t, "127.0.0.1", service.Ports[0].HostIP, "plain HTTP stays on this machine")
		} else {
			require.Empty(t, service.Ports, "%s: nginx is the only way in", name)
		}
		if name == "postgres" {
			continue // its entrypoint prepares the data as root and then drops to its own user
		}
		require.True(t, service.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, service.CapDrop, name)
		require.Contains(t, service.SecurityOpt, "no-new-privileges:true", name)
	}
	gateway := project.Services["gateway"].Environment
	require.Contains(t, gateway, "SECRET_KEY", "it knows its callers, and vouches for their addresses")
	require.Contains(t, gateway, "REDIS_URL", "it hears when a session has ended")
	require.NotContains(t, gateway, "DATABASE_URL", "it has no schema")
}

func TestCompose_BuildsEveryImageFromTheOneDockerfile(t *testing.T) {
	t.Parallel()
	project, err := loadCompose(t, secretEnv(t))
	require.NoError(t, err)
	for _, name := range processes {
		build := project.Services[name].Build
		require.Equal(t, "deploy/docker/Dockerfile", build.Dockerfile)
		program := *build.Args["PKG"]
		require.Equal(t, name, filepath.Base(program))
		require.NotEmpty(t, readFile(t, filepath.ToSlash(filepath.Join(program, "main.go"))), name)
	}
	require.Equal(t, "operations", project.Services["operations"].Build.Target)
}
