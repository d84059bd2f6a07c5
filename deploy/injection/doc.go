// Package injection plants prompt injections in what the fleet reads, lets runs go over
// it with a model that obeys whatever it reads, and checks that nothing came of it.
//
// The fleet is the real one, in one process; the web that it searches, the model that it
// asks and the names that it looks up are the test's own and write down each request.
// The texts are this package's own and, where RP_DATA is, all that are published there.
package injection
