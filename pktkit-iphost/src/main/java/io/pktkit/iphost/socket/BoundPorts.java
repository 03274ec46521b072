// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.wire.IpAddress;
import java.net.BindException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The TCP ports that sockets are bound to, whether they listen or connect from there. Guarded by the host's lock. */
final class BoundPorts {
    private static final int FIRST_DYNAMIC = 49152;
    private static final int DYNAMIC_PORTS = 65536 - FIRST_DYNAMIC;

    /** One socket's port. */
    static final class Binding {
        final @Nullable IpAddress address;
        final int port;

        Binding(@Nullable IpAddress address, int port) {
            this.address = address;
            this.port = port;
        }

        private boolean conflictsWith(@Nullable IpAddress other) {
            return address == null || other == null || address.equals(other);
        }
    }

    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, List<Binding>> byPort = new HashMap<>();

    /** Takes a port, or with 0 a random one that is free (RFC 6056 section 3.3.1), on an address or, with null, on all. */
    Binding bind(@Nullable IpAddress address, int port) throws BindException {
        if (port != 0) {
            if (!isFree(address, port)) {
                throw new BindException("TCP port " + port + " is in use; choose another one, or 0");
            }
            return add(address, port);
        }
        int start = random.nextInt(DYNAMIC_PORTS);
        for (int i = 0; i < DYNAMIC_PORTS; i++) {
            int candidate = FIRST_DYNAMIC + (start + i) % DYNAMIC_PORTS;
            if (isFree(address, candidate)) {
                return add(address, candidate);
            }
        }
        throw new BindException("no TCP port is free; close some sockets");
    }

    void release(Binding binding) {
        List<Binding> onPort = byPort.get(binding.port);
        if (onPort != null && onPort.remove(binding) && onPort.isEmpty()) {
            byPort.remove(binding.port);
        }
    }

    private boolean isFree(@Nullable IpAddress address, int port) {
        List<Binding> onPort = byPort.get(port);
        return onPort == null || onPort.stream().noneMatch(other -> other.conflictsWith(address));
    }

    private Binding add(@Nullable IpAddress address, int port) {
        Binding binding = new Binding(address, port);
        byPort.computeIfAbsent(port, key -> new ArrayList<>(1)).add(binding);
        return binding;
    }
}
