package manifests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

// contractNames are the configuration names that the public contract fixes. The
// programs' other names are read out of their Config structs.
var contractNames = []string{
	"PROJECT_NAME", "API_V1_STR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALGORITHM",
	"ACCESS_TOKEN_EXPIRE_MINUTES", "BLOB_URL", "GRPC_ADDR", "OPS_ADDR", "HTTP_ADDR",
	"AUTH_ADDR", "RESEARCH_ADDR", "ANALYSIS_ADDR", "REPORT_ADDR", "CORS_ORIGINS",
}

// configNames returns the names that the fleet's programs read.
func configNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, name := range contractNames {
		names[name] = true
	}
	tag := regexp.MustCompile("`env:\"([A-Z0-9_]+)")
	for _, dir := range []string{"services", "gateway", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(filepath.Clean(path))
			require.NoError(t, err)
			for _, match := range tag.FindAllStringSubmatch(string(content), -1) {
				names[match[1]] = true
			}
			return nil
		})
		require.NoError(t, err)
	}
	return names
}

// scriptNames returns the names that the scripts of deploy/scripts read.
func scriptNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "deploy/scripts/*.sh"))
	require.NoError(t, err)
	names := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(filepath.Clean(file))
		require.NoError(t, err)
		for _, name := range regexp.MustCompile(`[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+`).FindAllString(string(content), -1) {
			names[name] = true
		}
	}
	return names
}

func TestKubernetes_SetsOnlyNamesThatExist(t *testing.T) {
	t.Parallel()
	config, scripts := configNames(t), scriptNames(t)
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		objects := render(t, overlay)
		for _, one := range objects {
			pod := podOf(one)
			if pod == nil || pod.Labels["app.kubernetes.io/part-of"] == "" {
				continue // PostgreSQL and Redis have names of their own
			}
			for _, container := range containersOf(pod) {
				known := config
				if strings.Contains(container.Image, "/operations:") {
					known = scripts
				}
				for _, variable := range container.Env {
					require.Contains(t, known, variable.Name, "%s in %s", one.GetName(), overlay)
				}
			}
		}
		for _, shared := range named[*corev1.ConfigMap](objects) {
			for name := range shared.Data {
				require.Contains(t, config, name, overlay)
			}
		}
	}
}

func TestKubernetes_RefersToWhatTheSecretsScriptMakes(t *testing.T) {
	t.Parallel()
	made := secretsOfScript(t)
	for _, one := range render(t, "overlays/development") {
		pod := podOf(one)
		if pod == nil {
			continue
		}
		for _, container := range containersOf(pod) {
			for _, variable := range container.Env {
				if variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil {
					continue
				}
				ref := variable.ValueFrom.SecretKeyRef
				require.Contains(t, made, ref.Name, one.GetName())
				require.Contains(t, made[ref.Name].StringData, ref.Key, "%s: Secret %s", one.GetName(), ref.Name)
			}
		}
	}
}

func TestKubernetes_FindsItsConfigMap(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		objects := render(t, overlay)
		configs := named[*corev1.ConfigMap](objects)
		require.Len(t, configs, 1)
		for _, one := range objects {
			pod := podOf(one)
			if pod == nil {
				continue
			}
			for _, container := range containersOf(pod) {
				for _, source := range container.EnvFrom {
					if source.ConfigMapRef != nil {
						require.Contains(t, configs, source.ConfigMapRef.Name, one.GetName())
					}
				}
			}
		}
	}
}
