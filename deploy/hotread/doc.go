// Package hotread measures what the fleet adds to its most frequent read,
// GET /api/v1/analysis/{id}.
//
// Beside the gateway and the analysis service, with their production settings, run two
// bare programs that do the least there is to do: verify the same token by the same
// algorithm, read the same row of the same database with pgx, and answer the same. The
// four are asked in turn, round after round, and what counts is the CPU time of their
// processes for each request: the machine may be as busy as it likes, and ratios of one
// round still compare.
//
//	go test ./deploy/hotread -run '^$' -bench HotRead -benchtime 1x
//
// RP_HOTREAD_SHORT=1 is a short form, which shows that everything works and no more.
// RP_HOTREAD_PROFILE=DIR profiles gateway and service while they are asked, keeps the
// profiles in the folder, and prints where the time goes.
package hotread
