package manifests

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestKustomizations_RenderAndDecodeStrictly(t *testing.T) {
	t.Parallel()
	all := kustomizations(t)
	for _, needed := range append([]string{"gateway", "operations", "provision"}, withSchema...) {
		require.Contains(t, all, "base/"+needed)
	}
	require.Subset(t, all, []string{"base", "overlays/development", "overlays/production"})
	for _, dir := range all {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, render(t, dir))
		})
	}
}

func TestStrictDecoding_RefusesUnknownFields(t *testing.T) {
	t.Parallel()
	const misspelt = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {clusterIp: None}\n"
	_, _, err := strictDecoder(t).Decode([]byte(misspelt), nil, nil)
	require.ErrorContains(t, err, "clusterIp")
}

func TestOverlays_HoldTheWholeFleet(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			objects := render(t, overlay)
			deployments := named[*appsv1.Deployment](objects)
			require.Len(t, deployments, len(processes))
			for _, name := range processes {
				require.Contains(t, deployments, name)
				require.Contains(t, named[*corev1.Service](objects), name)
				require.Contains(t, named[*corev1.ServiceAccount](objects), name)
				require.Contains(t, named[*policyv1.PodDisruptionBudget](objects), name)
				require.Contains(t, named[*networkingv1.NetworkPolicy](objects), name)
			}
			require.Contains(t, named[*networkingv1.NetworkPolicy](objects), "default-deny")
			for _, name := range []string{"backup", "maintenance"} {
				require.Contains(t, named[*batchv1.CronJob](objects), name)
			}
		})
	}
}

func TestProduction_KeepsTwoReplicasOfEverything(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/production")
	scalers := named[*autoscalingv2.HorizontalPodAutoscaler](objects)
	for _, name := range processes {
		require.Contains(t, scalers, name)
		scaler := scalers[name].Spec
		require.Equal(t, autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: name}, scaler.ScaleTargetRef)
		require.GreaterOrEqual(t, *scaler.MinReplicas, int32(2), name)
		require.Nil(t, named[*appsv1.Deployment](objects)[name].Spec.Replicas, "%s: a fixed number would fight the autoscaler", name)
	}
	require.Empty(t, named[*appsv1.StatefulSet](objects), "databases are outside in production")
}

func TestDevelopment_RunsOneReplicaAndItsOwnDatabases(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/development")
	for name, deployment := range named[*appsv1.Deployment](objects) {
		require.Equal(t, int32(1), *deployment.Spec.Replicas, name)
	}
	require.Contains(t, named[*appsv1.StatefulSet](objects), "postgres")
	require.Contains(t, named[*appsv1.StatefulSet](objects), "redis")
	require.Contains(t, named[*batchv1.Job](objects), "provision")
}

func TestServicesWithASchema_MigrateBeforeTheyServe(t *testing.T) {
	t.Parallel()
	deployments := named[*appsv1.Deployment](render(t, "overlays/production"))
	for _, name := range withSchema {
		pod := deployments[name].Spec.Template.Spec
		require.Len(t, pod.InitContainers, 1, name)
		require.Equal(t, []string{"migrate"}, pod.InitContainers[0].Args, name)
		require.Equal(t, pod.Containers[0].Image, pod.InitContainers[0].Image, "%s: the schema must be that of this program", name)
	}
	require.Empty(t, deployments["gateway"].Spec.Template.Spec.InitContainers, "the gateway has no schema")
}

func TestServices_ReachPortsThatPodsHave(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		objects := render(t, overlay)
		for name, service := range named[*corev1.Service](objects) {
			pods := selected(objects, service.Spec.Selector)
			require.Len(t, pods, 1, "%s: Service %s must select exactly one kind of pod", overlay, name)
			for _, port := range service.Spec.Ports {
				require.True(t, hasPort(pods[0], port), "%s: Service %s: no container has port %s", overlay, name, port.TargetPort.String())
			}
		}
	}
}

// selected lists the pod templates whose labels match.
func selected(objects []object, selector map[string]string) []*corev1.PodTemplateSpec {
	var found []*corev1.PodTemplateSpec
	for _, one := range objects {
		if pod := podOf(one); pod != nil && labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
			found = append(found, pod)
		}
	}
	return found
}

// hasPort reports whether a container of the pod listens where the Service sends.
func hasPort(pod *corev1.PodTemplateSpec, service corev1.ServicePort) bool {
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			target := service.TargetPort
			if target == (intstr.IntOrString{}) { // unset means the same number
				target = intstr.FromInt32(service.Port)
			}
			if target.StrVal == port.Name && port.Name != "" || target.IntVal == port.ContainerPort {
				return true
			}
		}
	}
	return false
}

func TestGRPCServices_AreHeadlessSoThatClientsBalance(t *testing.T) {
	t.Parallel()
	found := named[*corev1.Service](render(t, "overlays/production"))
	for _, name := range withSchema {
		require.Equal(t, corev1.ClusterIPNone, found[name].Spec.ClusterIP, name)
	}
}

func TestIngress_LetsStreamsAndUploadsThrough(t *testing.T) {
	t.Parallel()
	objects := render(t, "overlays/production")
	ingress := named[*networkingv1.Ingress](objects)["gateway"]
	require.NotNil(t, ingress)
	const prefix = "nginx.ingress.kubernetes.io/"
	require.Equal(t, "off", ingress.Annotations[prefix+"proxy-buffering"], "events must go out as they come")
	require.Equal(t, "off", ingress.Annotations[prefix+"proxy-request-buffering"], "uploads must stream")
	require.Equal(t, "3600", ingress.Annotations[prefix+"proxy-read-timeout"], "a quiet WebSocket must stay open")
	require.Equal(t, "51m", ingress.Annotations[prefix+"proxy-body-size"])
	require.NotEmpty(t, ingress.Spec.TLS)
	backend := ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service
	require.Equal(t, "gateway", backend.Name)
	var ports []string
	for _, port := range named[*corev1.Service](objects)["gateway"].Spec.Ports {
		ports = append(ports, port.Name)
	}
	require.Contains(t, ports, backend.Port.Name)
}

func TestImages_ArePinnedByTag(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?[0-9]+\.[0-9]+[a-z0-9.-]*$`)
	for _, overlay := range []string{"overlays/development", "overlays/production"} {
		for _, one := range render(t, overlay) {
			pod := podOf(one)
			if pod == nil {
				continue
			}
			for _, container := range containersOf(pod) {
				require.Regexp(t, pinned, container.Image, "%s in %s", one.GetName(), overlay)
			}
		}
	}
}
