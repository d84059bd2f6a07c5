// Package manifests holds no code, only tests of what describes the deployed
// system: the Kubernetes manifests in k8s/, the compose file, the configuration
// of nginx, and the image. They render and decode everything the way the real
// tools do, and check the rules that every manifest has to keep.
package manifests
