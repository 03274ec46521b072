// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import java.net.BindException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Connections that this host opens: their ports, the tuples in TIME-WAIT that they take over, and Fast Open cookies. */
final class ActiveOpens {
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    private final TcpHost host;
    private final ConnectionTable table;
    private final IsnSource isn;
    private final SegmentWriter out;
    private final EphemeralPorts ports = new EphemeralPorts();
    private final FastOpenCache fastOpen = new FastOpenCache();

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

    /** Sends the SYN; with data it is Fast Open's, if the settings and what is known of the server allow it. */
    HostConnection open(
            TcpConfig settings, TcpTuple tuple, @Nullable ByteBuffer data, TcpEvents events, long nowNanos) {
        HostConnection connection = new HostConnection(host, settings, tuple, TcpHost.NEVER);
        connection.charged(settings);
        connection.setEvents(events);
        FastOpenCookie cookie = null;
        if (data != null && settings.fastOpen()) {
            cookie = fastOpen.cookieFor(tuple.remoteAddress(), nowNanos);
            connection.watch = cookie == null ? null : fastOpen;
        }
        ByteBuffer queued = data == null ? NO_DATA : data;
        connection.bind(TcpConnection.connect(settings, tuple, isn, cookie, queued, out, nowNanos));
        host.admit(connection, nowNanos);
        return connection;
    }
}
