package manifests

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// root is the project's root, seen from this package.
const root = "../.."

// services lists those with a schema of their own, and the gateway.
var (
	withSchema = []string{"auth", "research", "analysis", "report"}
	processes  = append([]string{"gateway"}, withSchema...)
)

// object is any Kubernetes object.
type object interface {
	runtime.Object
	metav1.Object
}

// render builds a kustomization as `kubectl kustomize` does, and decodes each
// object into its type. A field that the type does not have, or has twice, fails
// the test.
func render(t *testing.T, dir string) []object {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).
		Run(filesys.MakeFsOnDisk(), filepath.Join(root, "k8s", dir))
	require.NoError(t, err)
	decoder := strictDecoder(t)
	objects := make([]object, 0, built.Size())
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		require.NoError(t, err)
		objects = append(objects, decode(t, decoder, text))
	}
	return objects
}

// decode turns the YAML of one object into its Go type.
func decode(t *testing.T, decoder runtime.Decoder, text []byte) object {
	t.Helper()
	decoded, _, err := decoder.Decode(text, nil, nil)
	require.NoError(t, err, "%s", text)
	known, ok := decoded.(object)
	require.True(t, ok, "%T is no object", decoded)
	return known
}

// strictDecoder knows the API groups that the manifests use.
func strictDecoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme,
		corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
}

// kustomizations lists every folder below k8s/ with a kustomization.yaml.
func kustomizations(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"base", "base/*", "overlays/*"} {
		files, err := filepath.Glob(filepath.Join(root, "k8s", pattern, "kustomization.yaml"))
		require.NoError(t, err)
		for _, file := range files {
			dir, err := filepath.Rel(filepath.Join(root, "k8s"), filepath.Dir(file))
			require.NoError(t, err)
			found = append(found, dir)
		}
	}
	return found
}

// named returns the objects of type T by name.
func named[T object](objects []object) map[string]T {
	found := map[string]T{}
	for _, one := range objects {
		if typed, ok := one.(T); ok {
			found[typed.GetName()] = typed
		}
	}
	return found
}

// podOf is the template of the pods that an object makes; nil if it makes none.
func podOf(one object) *corev1.PodTemplateSpec {
	switch typed := one.(type) {
	case *appsv1.Deployment:
		return &typed.Spec.Template
	case *appsv1.StatefulSet:
		return &typed.Spec.Template
	case *batchv1.Job:
		return &typed.Spec.Template
	case *batchv1.CronJob:
		return &typed.Spec.JobTemplate.Spec.Template
	}
	return nil
}

// containersOf lists a pod's containers, the initial ones first.
func containersOf(pod *corev1.PodTemplateSpec) []corev1.Container {
	return append(append([]corev1.Container{}, pod.Spec.InitContainers...), pod.Spec.Containers...)
}

// readFile returns a file of the project as text.
func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	require.NoError(t, err)
	return string(content)
}
