// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Listeners by port; on one port, one listener for each address and one for all of them. */
final class ListenerTable {
    private final Map<Integer, List<TcpListener>> byPort = new HashMap<>();

    /** False when the port is taken for that address. */
    boolean add(TcpListener listener) {
        List<TcpListener> onPort = byPort.computeIfAbsent(listener.port(), port -> new ArrayList<>(1));
        for (TcpListener other : onPort) {
            if (Objects.equals(other.address(), listener.address())) {
                return false;
            }
        }
        // The one for every address goes last, so that the first match is the most specific.
        onPort.add(listener.address() == null ? onPort.size() : 0, listener);
        return true;
    }

    void remove(TcpListener listener) {
        List<TcpListener> onPort = byPort.get(listener.port());
        if (onPort != null && onPort.remove(listener) && onPort.isEmpty()) {
            byPort.remove(listener.port());
        }
    }

    /** Who listens where the packet goes. */
    @Nullable
    TcpListener find(Packet packet, int port) {
        if (byPort.isEmpty()) {
            return null;
        }
        List<TcpListener> onPort = byPort.get(port);
        if (onPort == null) {
            return null;
        }
        for (TcpListener listener : onPort) {
            IpAddress address = listener.address();
            if (address == null || isDestination(packet, address)) {
                return listener;
            }
        }
        return null;
    }

    List<TcpListener> snapshot() {
        List<TcpListener> all = new ArrayList<>();
        byPort.values().forEach(all::addAll);
        return all;
    }

    private static boolean isDestination(Packet packet, IpAddress address) {
        return address.low() == packet.destinationLow()
                && address.high() == packet.destinationHigh()
                && address.family() == (packet.isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4);
    }
}
