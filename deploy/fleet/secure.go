package fleet

import (
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// onTheWire are credentials for what comes over the network. Connections in memory
// stay plain: they never leave the process, and their peers have no certificates.
type onTheWire struct {
	credentials.TransportCredentials
}

// ServerHandshake implements credentials.TransportCredentials.
func (w onTheWire) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if conn.LocalAddr().Network() == memory {
		return insecure.NewCredentials().ServerHandshake(conn)
	}
	return w.TransportCredentials.ServerHandshake(conn)
}

// Clone implements credentials.TransportCredentials.
func (w onTheWire) Clone() credentials.TransportCredentials {
	return onTheWire{w.TransportCredentials.Clone()}
}

// memory is what package bufconn calls its network; nothing that is accepted from
// outside has that name.
const memory = "bufconn"
