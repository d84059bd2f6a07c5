package grpcclient

import "google.golang.org/grpc"

// Peer is a peer to dial.
type Peer struct {
	Addr    string
	Options Options
}

// Conns are connections that are closed together.
type Conns []*grpc.ClientConn

// DialAll dials several peers, in their order, or none of them.
func DialAll(peers ...Peer) (Conns, error) {
	var conns Conns
	for _, p := range peers {
		conn, err := Dial(p.Addr, p.Options)
		if err != nil {
			conns.Close()
			return nil, err
		}
		conns = append(conns, conn)
	}
	return conns, nil
}

// Close closes every connection.
func (c Conns) Close() {
	for _, conn := range c {
		_ = conn.Close() // the only error is that it is closed already
	}
}
