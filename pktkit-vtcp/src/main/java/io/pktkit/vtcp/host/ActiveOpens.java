// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import java.net.BindException;

/** Connections that this host opens: their ports, and the tuples in TIME-WAIT that they take over. */
final class ActiveOpens {
    private final TcpHost host;
    private final ConnectionTable table;
    private final IsnSource isn;
    private final SegmentWriter out;
    private final EphemeralPorts ports = new EphemeralPorts();

    ActiveOpens(TcpHost host, ConnectionTable table, IsnSource isn, SegmentWriter out) {
        this.host = host;
        this.table = table;
        this.isn = isn;
        this.out = out;
    }

    /** A tuple that is free, or whose last connection makes way for a new one; then it is gone. */
    TcpTuple reserve(IpAddress local, int localPort, IpAddress remote, int remotePort, long nowNanos)
            throws BindException {
        int port = ports.choose(local, localPort, remote, remotePort, table, nowNanos);
        TcpTuple tuple = new TcpTuple(local, port, remote, remotePort);
        if (table.find(tuple) instanceof HostConnection former) {
            host.remove(former);
        }
        return tuple;
    }

    HostConnection open(TcpConfig settings, TcpTuple tuple, TcpEvents events, long nowNanos) {
        HostConnection connection = new HostConnection(host, settings, tuple, TcpHost.NEVER);
        connection.setEvents(events);
        connection.bind(TcpConnection.connect(settings, tuple, isn, out, nowNanos));
        host.admit(connection, nowNanos);
        return connection;
    }
}
