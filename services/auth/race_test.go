//go:build race

package auth_test

// The race detector makes everything some ten times slower.
const withRaceDetector = true
