// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.net.BindException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Local ports for active opens, RFC 6056 Algorithm 3: a counter displaced by a keyed hash of the addresses and the remote port, so
 * that one peer sees an increasing sequence (which spaces reuse of a tuple as far apart as possible) while another cannot guess it.
 */
final class EphemeralPorts {
    /** The dynamic range of RFC 6335, section 6. */
    static final int FIRST = 49152;

    static final int COUNT = 65536 - FIRST;

    private final KeyedHash hash = new KeyedHash();
    private int next = new SecureRandom().nextInt(COUNT);

    /**
     * The port asked for, or with 0 one of the dynamic range, that the table does not have for that remote yet. A tuple in
     * TIME-WAIT that may be used again (RFC 6191) is, if it was asked for or no other is left.
     */
    int choose(IpAddress local, int wanted, IpAddress remote, int remotePort, ConnectionTable table, long nowNanos)
            throws BindException {
        if (wanted != 0) {
            TupleEntry entry = find(local, wanted, remote, remotePort, table);
            if (entry != null && !yields(entry, nowNanos)) {
                throw new BindException("cannot connect to " + remote + " port " + remotePort + " from port " + wanted
                        + ": the port is in use; choose another one or 0");
            }
            return wanted;
        }
        long displacement = hash.of(local.high(), local.low(), remote.high(), remote.low(), remotePort);
        int offset = (int) Long.remainderUnsigned(displacement, COUNT);
        for (int tries = 0; tries < 2 * COUNT; tries++) {
            int port = FIRST + (next + offset) % COUNT;
            next = (next + 1) % COUNT;
            TupleEntry entry = find(local, port, remote, remotePort, table);
            if (entry == null || (tries >= COUNT && yields(entry, nowNanos))) {
                return port;
            }
        }
        throw new BindException(
                "cannot connect to " + remote + " port " + remotePort + ": no local port is free for it");
    }

    private static boolean yields(TupleEntry entry, long nowNanos) {
        return entry instanceof HostConnection connection && connection.engine().yieldsToConnect(nowNanos);
    }

    private static @Nullable TupleEntry find(
            IpAddress local, int localPort, IpAddress remote, int remotePort, ConnectionTable table) {
        return table.find(
                local.isIpv6(), local.high(), local.low(), localPort, remote.high(), remote.low(), remotePort);
    }
}
