package manifests

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/researcherpro/researcherpro/pkg/grpcserver"
)

// eachPod calls check for every object of every overlay that makes pods.
func eachPod(t *testing.T, check func(t *testing.T, one object, pod *corev1.PodTemplateSpec)) {
	t.Helper()
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		for _, one := range render(t, overlay) {
			if pod := podOf(one); pod != nil {
				t.Run(filepath.Base(overlay)+"/"+one.GetName(), func(t *testing.T) {
					t.Parallel()
					check(t, one, pod)
				})
			}
		}
	}
}

func TestPods_RunLockedDown(t *testing.T) {
	t.Parallel()
	eachPod(t, func(t *testing.T, _ object, pod *corev1.PodTemplateSpec) {
		t.Helper()
		security := pod.Spec.SecurityContext
		require.NotNil(t, security)
		require.True(t, *security.RunAsNonRoot)
		require.NotZero(t, *security.RunAsUser)
		require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, security.SeccompProfile.Type)
		require.False(t, *pod.Spec.AutomountServiceAccountToken, "none of them calls the Kubernetes API")
		for _, container := range containersOf(pod) {
			own := container.SecurityContext
			require.NotNil(t, own, container.Name)
			require.True(t, *own.ReadOnlyRootFilesystem, container.Name)
			require.False(t, *own.AllowPrivilegeEscalation, container.Name)
			require.Equal(t, []corev1.Capability{"ALL"}, own.Capabilities.Drop, container.Name)
			require.Empty(t, own.Capabilities.Add, container.Name)
		}
	})
}

func TestPods_SayWhatTheyNeed(t *testing.T) {
	t.Parallel()
	eachPod(t, func(t *testing.T, _ object, pod *corev1.PodTemplateSpec) {
		t.Helper()
		for _, container := range containersOf(pod) {
			require.NotZero(t, container.Resources.Requests.Cpu().MilliValue(), container.Name)
			require.NotZero(t, container.Resources.Requests.Memory().Value(), container.Name)
			require.NotZero(t, container.Resources.Limits.Memory().Value(), container.Name)
		}
	})
}

func TestServers_AreProbed(t *testing.T) {
	t.Parallel()
	eachPod(t, func(t *testing.T, one object, pod *corev1.PodTemplateSpec) {
		t.Helper()
		if pod.Spec.RestartPolicy != "" && pod.Spec.RestartPolicy != corev1.RestartPolicyAlways {
			return // a job ends by itself
		}
		for _, container := range pod.Spec.Containers {
			require.NotNil(t, container.StartupProbe, container.Name)
			require.NotNil(t, container.ReadinessProbe, container.Name)
			require.NotNil(t, container.LivenessProbe, container.Name)
		}
		if _, ok := one.(*appsv1.Deployment); !ok || one.GetName() == "gateway" {
			return
		}
		container := pod.Spec.Containers[0]
		require.Equal(t, "/readyz", container.ReadinessProbe.HTTPGet.Path)
		require.Equal(t, "/healthz", container.LivenessProbe.HTTPGet.Path, "the readiness is red while PostgreSQL is away; a restart cures nothing")
	})
}

func TestDeployments_HaveTimeToDrain(t *testing.T) {
	t.Parallel()
	for name, deployment := range named[*appsv1.Deployment](render(t, "overlays/production")) {
		pod := deployment.Spec.Template.Spec
		wait := time.Duration(pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds) * time.Second
		grace := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second
		require.Greater(t, grace, wait+grpcserver.DrainTimeout, name)
	}
}

func TestSecrets_AreNeverInTheTree(t *testing.T) {
	t.Parallel()
	for _, dir := range kustomizations(t) {
		objects := render(t, dir)
		require.Empty(t, named[*corev1.Secret](objects), "%s: Secrets are made outside", dir)
		for _, config := range named[*corev1.ConfigMap](objects) {
			for key, value := range config.Data {
				require.NotRegexp(t, secretName, key, dir)
				require.NotRegexp(t, `://[^/@]*:[^/@]+@`, value, "%s: %s holds a password", dir, key)
			}
		}
		for _, one := range objects {
			requireSecretsByReference(t, one)
		}
	}
}

// secretName matches the names of variables whose values are secret.
var secretName = regexp.MustCompile(`(_KEY|PASSWORD|SECRET|TOKEN|DATABASE_URL|REDIS_URL)$`)

// requireSecretsByReference checks that no secret variable has a literal value.
func requireSecretsByReference(t *testing.T, one object) {
	t.Helper()
	pod := podOf(one)
	if pod == nil {
		return
	}
	for _, container := range containersOf(pod) {
		for _, variable := range container.Env {
			if secretName.MatchString(variable.Name) {
				require.Empty(t, variable.Value, "%s: %s", one.GetName(), variable.Name)
				require.NotNil(t, variable.ValueFrom.SecretKeyRef, "%s: %s", one.GetName(), variable.Name)
			}
		}
	}
}

func TestFiles_HoldNoPrivateKeysOrPasswords(t *testing.T) {
	t.Parallel()
	looksSecret := regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|://[a-z_]+:[^@${}\s"…]+@`)
	for _, dir := range []string{"k8s", "deploy/docker", "deploy/nginx"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := os.ReadFile(filepath.Clean(path))
			require.NoError(t, err)
			require.NotRegexp(t, looksSecret, string(content), path)
			return nil
		})
		require.NoError(t, err)
	}
	require.NotRegexp(t, looksSecret, readFile(t, "deploy/compose.yaml"))
	require.NotRegexp(t, `(?m)^[A-Z_]+=\S`, readFile(t, "deploy/.env.example"), "an example value would be used as it is")
}
