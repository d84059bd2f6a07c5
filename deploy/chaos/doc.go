// Package chaos kills the fleet's processes, as kill -9 does, while runs are at work,
// and checks that nothing is lost, nothing told twice and nothing paid twice.
//
// The fleet is two replicas of every program, as in production; outside of it stand a
// scripted model and scripted sources, which count what they are asked. `make chaos`
// kills at every step, in the middle and at its end, and then at random;
// `go test ./deploy/chaos` is a short form: one kill of each kind and few at random.
package chaos
