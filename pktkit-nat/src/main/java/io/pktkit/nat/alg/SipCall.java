// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/** The media ports of one call that are open for the inside host. */
final class SipCall {

    /** Ports of one call: eight media of two each. */
    static final int MAX_PORTS = 16;

    private static final int UDP_BIT = 1 << 16;

    private final Set<Integer> ports = new LinkedHashSet<>();

    /** Whether it was answered: a later offer that is refused does not end it. */
    boolean established;

    private static int protocol(int port) {
        return (port & UDP_BIT) != 0 ? IpProtocol.UDP : IpProtocol.TCP;
    }

    private boolean add(int protocol, int port) {
        int key = protocol == IpProtocol.UDP ? UDP_BIT | port : port;
        return ports.contains(key) || (ports.size() < MAX_PORTS && ports.add(key));
    }

    /** Opens a port to anybody, since media may come from anywhere; -1 if it cannot. */
    int open(HelperFlow flow, int protocol, int port, Duration window) {
        return add(protocol, port) ? flow.open(protocol, port, null, 0, window) : -1;
    }

    /** Opens an even port of UDP and the next, as neighbours; -1 if they cannot be. */
    int openPair(HelperFlow flow, int port, Duration window) {
        boolean added = add(IpProtocol.UDP, port) && add(IpProtocol.UDP, port + 1);
        return added ? flow.openPair(IpProtocol.UDP, port, null, window) : -1;
    }

    /** Keeps open what is open, while the call goes on. */
    void refresh(HelperFlow flow, Duration window) {
        for (int port : ports) {
            if (flow.outsidePort(protocol(port), port & 0xFFFF) >= 0) {
                flow.open(protocol(port), port & 0xFFFF, null, 0, window);
            }
        }
    }

    void close(HelperFlow flow) {
        for (int port : ports) {
            flow.close(protocol(port), port & 0xFFFF);
        }
        ports.clear();
    }
}
