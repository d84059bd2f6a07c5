// Package fanout measures how events reach many sockets: real gateways and services as
// processes of their own, events committed to a real PostgreSQL, and a client that is
// cheap enough to hold ten thousand sockets beside them on the same machine. It has
// benchmarks only:
//
//	go test ./deploy/fanout -run '^$' -bench . -benchtime 1x -timeout 30m
//
// RP_BENCH_SOCKETS and RP_BENCH_SECONDS make it smaller than 10,000 sockets for 60
// seconds.
package fanout
