package manifests

import (
	"path"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/researcherpro/researcherpro/pkg/config"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// tlsFiles are the files of a Secret of a certificate, by the variable that names them.
var tlsFiles = map[string]string{"TLS_CERT_FILE": "tls.crt", "TLS_KEY_FILE": "tls.key", "TLS_CA_FILE": "ca.crt"}

func TestMutualTLS_EachProcessHasItsOwnCertificateWhereItLooks(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/production-mtls")
	var shared *corev1.ConfigMap
	for _, one := range named[*corev1.ConfigMap](objects) {
		shared = one
	}
	for _, variable := range config.Variables(&tlsx.Config{}) {
		require.Contains(t, shared.Data, variable.Name)
	}
	require.Equal(t, tlsx.ClientAuthRequire, shared.Data["TLS_CLIENT_AUTH"])
	require.Contains(t, shared.Data, "BLOB_URL", "the rest of the configuration is that of production")

	deployments := named[*appsv1.Deployment](objects)
	for _, name := range processes {
		pod := deployments[name].Spec.Template.Spec
		volumes := map[string]string{}
		for _, volume := range pod.Volumes {
			if volume.Secret != nil {
				volumes[volume.Name] = volume.Secret.SecretName
			}
		}
		places := map[string]string{}
		for _, mount := range pod.Containers[0].VolumeMounts {
			require.Empty(t, mount.SubPath, "%s: a path inside a volume does not follow a renewal", name)
			places[mount.MountPath] = volumes[mount.Name]
		}
		for variable, file := range tlsFiles {
			at := shared.Data[variable]
			require.Equal(t, file, path.Base(at))
			require.Equal(t, name+"-peer-tls", places[path.Dir(at)], name)
		}
	}
}

func TestMutualTLS_ChangesNothingElseOfProduction(t *testing.T) {
	t.Parallel()
	plain, secured := render(t, "overlays/production"), render(t, "overlays/production-mtls")
	require.Len(t, secured, len(plain))
	before, after := named[*appsv1.Deployment](plain), named[*appsv1.Deployment](secured)
	for _, name := range processes {
		pod := after[name].Spec.Template.Spec
		pod.Volumes = pod.Volumes[:len(pod.Volumes)-1]
		mounts := &pod.Containers[0].VolumeMounts
		*mounts = (*mounts)[:len(*mounts)-1]
		for _, container := range [][]corev1.Container{pod.Containers, pod.InitContainers} {
			for i := range container { // its name changes with its content
				container[i].EnvFrom = nil
			}
		}
		was := before[name].Spec.Template.Spec
		for _, container := range [][]corev1.Container{was.Containers, was.InitContainers} {
			for i := range container {
				container[i].EnvFrom = nil
			}
		}
		require.Equal(t, was, pod, name)
	}
	for name, service := range named[*corev1.Service](secured) {
		for _, port := range service.Spec.Ports {
			require.False(t, port.Name == "grpc" && port.AppProtocol != nil, "%s: it is no plain HTTP/2", name)
		}
	}
}

// Kubernetes' own gRPC probe speaks no TLS.
func TestProbes_WorkWithTLSAndWithout(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"overlays/development", "overlays/production", "overlays/production-mtls"} {
		for name, deployment := range named[*appsv1.Deployment](render(t, overlay)) {
			container := deployment.Spec.Template.Spec.Containers[0]
			for _, probe := range []*corev1.Probe{container.StartupProbe, container.ReadinessProbe, container.LivenessProbe} {
				require.Nil(t, probe.GRPC, "%s in %s", name, overlay)
				require.Equal(t, "ops", probe.HTTPGet.Port.StrVal, "%s in %s", name, overlay)
			}
		}
	}
}

func TestComposeTLS_EachProcessSeesItsOwnFolderOnly(t *testing.T) {
	t.Parallel()
	options, err := cli.NewProjectOptions(
		[]string{path.Join(root, "deploy/compose.yaml"), path.Join(root, "deploy/compose.tls.yaml")},
		cli.WithEnv(append(secretEnv(t), "TLS_DIR=/certificates")), cli.WithProfiles([]string{"*"}),
	)
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	for name, service := range project.Services {
		var mounted []string
		for _, volume := range service.Volumes {
			if volume.Target == "/run/tls" {
				require.True(t, volume.ReadOnly, name)
				mounted = append(mounted, volume.Source)
			}
		}
		if _, ok := service.Environment["TLS_CLIENT_AUTH"]; !ok {
			require.Empty(t, mounted, name)
			require.NotContains(t, processes, name)
			continue
		}
		require.Equal(t, []string{"/certificates/" + name}, mounted)
		require.Equal(t, tlsx.ClientAuthRequire, *service.Environment["TLS_CLIENT_AUTH"])
		for variable, file := range tlsFiles {
			require.Equal(t, "/run/tls/"+file, *service.Environment[variable])
		}
		require.Contains(t, service.Environment, "OPS_ADDR", "%s: the rest stays", name)
	}
}
