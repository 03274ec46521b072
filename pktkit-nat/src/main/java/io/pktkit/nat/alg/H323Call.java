// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/** What a call opened for the inside host; its connections of H.225.0 and H.245 share it. */
final class H323Call {

    /** Media ports and connections of one call, and about what is kept of it. */
    private static final int MAX_PORTS = 32;

    private static final int OCTETS = 2048;

    private static final int UDP_BIT = 1 << 16;

    private final Set<Integer> ports = new LinkedHashSet<>();

    private final int most;

    /** A call on a connection, which opens nothing if too much is kept for the host. */
    H323Call(HelperFlow flow) {
        most = flow.keep(OCTETS) ? MAX_PORTS : 0;
    }

    private boolean add(int key) {
        return ports.contains(key) || (ports.size() < most && ports.add(key));
    }

    /** Opens a port of TCP to the other side of the call; -1 if it cannot be had. */
    int openTcp(HelperFlow flow, int port, Duration window) {
        return port > 0 && add(port) ? flow.open(IpProtocol.TCP, port, flow.remote(), 0, window) : -1;
    }

    /** Opens a port of media, and where it is one of two neighbours, both (RFC 3550 section 11); -1 if it cannot be had. */
    int openMedia(HelperFlow flow, int port, Duration window) {
        int even = port & ~1;
        if (even <= 0 || !add(UDP_BIT | even) || !add(UDP_BIT | even + 1)) {
            return -1;
        }
        int opened = flow.openPair(IpProtocol.UDP, even, null, window);
        return opened > 0 ? opened + (port & 1) : flow.open(IpProtocol.UDP, port, null, 0, window);
    }

    void close(HelperFlow flow) {
        for (int port : ports) {
            flow.close((port & UDP_BIT) != 0 ? IpProtocol.UDP : IpProtocol.TCP, port & 0xFFFF);
        }
        ports.clear();
    }
}
