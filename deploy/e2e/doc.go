// Package e2e tests the fleet as its users see it: over HTTP, Server-Sent Events
// and WebSocket, and nothing else. One suite runs on the fleet in one process, on
// five processes, and with E2E_BASE_URL on a fleet that runs elsewhere. Another
// test kills the program in the middle of a run and starts it again.
//
// The private PostgreSQL and Redis that the tests start are gone afterwards;
// DATABASE_URL and REDIS_URL name others.
package e2e
