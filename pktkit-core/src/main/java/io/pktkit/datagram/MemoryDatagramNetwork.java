// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A network without sockets, for tests: its endpoints behave like real ones, and datagrams take the time, or get lost, as
 * the test says. With a {@link io.pktkit.time.ManualTime} every run is the same.
 *
 * <p>What arrives waits in its endpoint, up to {@link #QUEUE} datagrams, for a {@link DatagramEndpoint#poll} or {@link
 * DatagramEndpoint#receive}. Any thread. Unlike a real endpoint this one copies and allocates for each datagram.
 */
public final class MemoryDatagramNetwork {

    /** How many datagrams wait in an endpoint at most; more are dropped and counted there. */
    public static final int QUEUE = 1024;

    private static final int FIRST_PORT = 49_152;

    private final Timers time;
    private final Map<FixedPath, MemoryEndpoint> bound = new HashMap<>();
    private volatile Link link = (path, length) -> 0;
    private int nextPort = FIRST_PORT;

    /** What happens to a datagram on its way. */
    @FunctionalInterface
    public interface Link {

        /**
         * Decides about one datagram. Called on the sending thread.
         *
         * @param path the way as the sender sees it, on loan
         * @param length the payload's bytes
         * @return how long it takes in nanoseconds; negative if it gets lost
         */
        long delayNanos(DatagramPath path, int length);
    }

    /**
     * Makes a network on which datagrams arrive at once.
     *
     * @param time the clock of what takes longer
     */
    public MemoryDatagramNetwork(Timers time) {
        this.time = time;
    }

    /**
     * Changes what happens to datagrams that are sent from now on.
     *
     * @param rule the new rule
     */
    public void setLink(Link rule) {
        link = rule;
    }

    /**
     * Opens an endpoint of a host.
     *
     * @param config what it is bound to; sizes of buffers and offloads have no meaning here
     * @param host all addresses of the host; the first of a family is what an unbound endpoint sends from
     * @return the endpoint
     * @throws IOException if the port is taken at one of the addresses, or a bound address is not the host's
     */
    public DatagramEndpoint open(DatagramConfig config, IpAddress... host) throws IOException {
        List<IpAddress> own = List.of(host);
        for (IpAddress address : config.addresses().values()) {
            if (!address.isUnspecified() && !own.contains(address)) {
                throw new IOException("UDP " + address + " cannot be bound: the host has " + own);
            }
        }
        List<IpAddress> served =
                own.stream().filter(address -> serves(config, address)).toList();
        synchronized (bound) {
            int port = config.port() == 0 ? freePort(served) : config.port();
            if (!isFree(served, port)) {
                throw new IOException(
                        "UDP " + served + " port " + port + " cannot be bound: it is taken, choose another");
            }
            MemoryEndpoint endpoint = new MemoryEndpoint(this, config, served, port);
            served.forEach(address -> bound.put(FixedPath.to(address, port), endpoint));
            return endpoint;
        }
    }

    /** Takes a datagram from an endpoint; the sender's address is already filled in. */
    void carry(IpAddress source, int sourcePort, DatagramPath to, int trafficClass, byte[] payload) {
        long delay = link.delayNanos(to, payload.length);
        if (delay < 0) {
            return;
        }
        FixedPath destination = FixedPath.to(to.remoteAddress(), to.remotePort());
        FixedPath back = FixedPath.to(source, sourcePort).from(to.remoteAddress());
        Runnable arrival = () -> {
            MemoryEndpoint receiver = at(destination);
            if (receiver != null) {
                receiver.arrive(back, trafficClass, payload);
            }
        };
        if (delay == 0) {
            arrival.run();
        } else {
            time.schedule(delay, arrival);
        }
    }

    void unbind(MemoryEndpoint endpoint) {
        synchronized (bound) {
            bound.values().removeIf(endpoint::equals);
        }
    }

    private @Nullable MemoryEndpoint at(FixedPath destination) {
        synchronized (bound) {
            return bound.get(destination);
        }
    }

    private static boolean serves(DatagramConfig config, IpAddress address) {
        if (config.addresses().isEmpty()) {
            return true;
        }
        IpAddress wanted = config.addresses().get(address.family());
        return wanted != null && (wanted.isUnspecified() || Objects.equals(wanted, address));
    }

    private boolean isFree(List<IpAddress> addresses, int port) {
        return addresses.stream().noneMatch(address -> bound.containsKey(FixedPath.to(address, port)));
    }

    private int freePort(List<IpAddress> addresses) throws IOException {
        for (int tries = FIRST_PORT; tries <= 65_535; tries++) {
            int port = nextPort;
            nextPort = port == 65_535 ? FIRST_PORT : port + 1;
            if (isFree(addresses, port)) {
                return port;
            }
        }
        throw new IOException("UDP " + addresses + " has no free port: close some endpoints");
    }
}
