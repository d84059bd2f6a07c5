//go:build !race

package auth_test

const withRaceDetector = false
