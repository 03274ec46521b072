// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.L3Device;
import io.pktkit.device.Quota;
import io.pktkit.device.Registration;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpListener;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.slirp.UdpService;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the namespaces of one gateway share. Any thread. */
public final class SlirpStack {
    private final SlirpConfig config;
    private final BridgeBuffers buffers;
    private final Destinations destinations;
    private final SelectorLoop loop;
    private final IsnSource isn = IsnSource.random();
    private final DeviceStats stats = new DeviceStats();
    private final Quota tcpQuota;
    private final Quota dialQuota;
    private final Quota udpQuota;
    private final AtomicInteger nextNamespace = new AtomicInteger(1);
    private final Map<Endpoint, UdpService> udpServices = new ConcurrentHashMap<>();

    /** Guards membership of the two sets below; taken before, never inside, a namespace's lock. */
    private final Object membership = new Object();

    private final Set<Namespace> namespaces = ConcurrentHashMap.newKeySet();
    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Starts the loop.
     *
     * @param config how the gateway is set up
     * @throws IOException when the system gives no selector
     */
    public SlirpStack(SlirpConfig config) throws IOException {
        this.config = config;
        this.buffers = new BridgeBuffers(config.tcp());
        this.destinations = new Destinations(config);
        this.tcpQuota = new Quota(config.limits().tcpConnections());
        this.dialQuota = new Quota(config.limits().dialing());
        this.udpQuota = new Quota(config.limits().udpMappings());
        this.loop = new SelectorLoop("pktkit-slirp");
    }

    /**
     * Connects a device.
     *
     * @param device the device
     * @return its namespace
     * @throws IOException when there may be no more
     */
    public Namespace connect(L3Device device) throws IOException {
        Namespace namespace;
        synchronized (membership) {
            checkOpen("connect a device");
            if (namespaces.size() >= config.limits().namespaces()) {
                throw new IOException("cannot connect a device: all "
                        + config.limits().namespaces() + " namespaces are in use; close one or raise the limit");
            }
            namespace = new Namespace(nextNamespace.getAndIncrement(), this, device);
            namespaces.add(namespace);
            for (Listener listener : listeners) {
                listener.open(namespace);
            }
        }
        try {
            namespace.attach();
        } catch (RuntimeException refused) {
            namespace.close();
            throw refused;
        }
        device.done().whenComplete((done, failure) -> loop.execute(namespace::close));
        return namespace;
    }

    /**
     * Binds a service.
     *
     * @param address where, or null for the stack's own addresses
     * @param port the port
     * @param service the service
     * @return undoes it
     * @throws IOException when the port is taken
     */
    public Registration bindUdp(@Nullable IpAddress address, int port, UdpService service) throws IOException {
        List<Endpoint> bound = new ArrayList<>();
        Registration unbind = () -> bound.forEach(endpoint -> udpServices.remove(endpoint, service));
        for (IpAddress each : addresses(address, port)) {
            Endpoint endpoint = new Endpoint(each, port);
            if (udpServices.putIfAbsent(endpoint, service) != null) {
                unbind.close();
                throw new BindException("cannot bind UDP port " + port + " of " + each + ": it is in use");
            }
            bound.add(endpoint);
        }
        return unbind;
    }

    /**
     * Listens.
     *
     * @param address where, or null for the stack's own addresses
     * @param port the port
     * @return the listener
     * @throws IOException when the port is taken
     */
    public SlirpListener listen(@Nullable IpAddress address, int port) throws IOException {
        List<IpAddress> addresses = addresses(address, port);
        synchronized (membership) {
            checkOpen("listen on port " + port);
            for (Listener other : listeners) {
                if (other.port() == port && other.overlaps(addresses)) {
                    throw new BindException("cannot listen on port " + port + ": it is in use; choose another one");
                }
            }
            Listener listener = new Listener(this, addresses, port);
            listeners.add(listener);
            for (Namespace namespace : namespaces) {
                listener.open(namespace);
            }
            return listener;
        }
    }

    /**
     * What all namespaces hold.
     *
     * @return a snapshot
     */
    public SlirpSnapshot snapshot() {
        int timeWait = 0;
        for (Namespace namespace : namespaces) {
            timeWait += namespace.snapshot().timeWait();
        }
        return new SlirpSnapshot(
                namespaces.size(), tcpQuota.used(), dialQuota.used(), timeWait, udpQuota.used(), stats.snapshot());
    }

    /** Ends everything. Idempotent. */
    public void close() {
        synchronized (membership) {
            if (closed) {
                return;
            }
            closed = true;
        }
        listeners.forEach(Listener::close);
        namespaces.forEach(Namespace::close);
        loop.close();
    }

    SlirpConfig config() {
        return config;
    }

    /** The settings of a connection to a listener. */
    TcpConfig listenerConfig() {
        return buffers.of(0);
    }

    /** The settings of a bridged connection that comes up now and is counted already. */
    TcpConfig bridgeConfig() {
        return buffers.of(tcpQuota.used());
    }

    Timers timers() {
        return config.timers();
    }

    Destinations destinations() {
        return destinations;
    }

    SelectorLoop loop() {
        return loop;
    }

    IsnSource isn() {
        return isn;
    }

    DeviceStats stats() {
        return stats;
    }

    Quota tcpQuota() {
        return tcpQuota;
    }

    Quota dialQuota() {
        return dialQuota;
    }

    Quota udpQuota() {
        return udpQuota;
    }

    @Nullable
    UdpService udpService(IpAddress address, int port) {
        return udpServices.isEmpty() ? null : udpServices.get(new Endpoint(address, port));
    }

    void onClosed(Namespace namespace) {
        synchronized (membership) {
            namespaces.remove(namespace);
            listeners.forEach(listener -> listener.forget(namespace));
        }
    }

    void onClosed(Listener listener) {
        listeners.remove(listener);
    }

    private void checkOpen(String what) throws IOException {
        if (closed) {
            throw new IOException("cannot " + what + ": the gateway is closed");
        }
    }

    private List<IpAddress> addresses(@Nullable IpAddress address, int port) throws IOException {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port must be in [1, 65535]: port=" + port);
        }
        if (address != null) {
            return List.of(address);
        }
        List<IpAddress> own = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            IpPrefix prefix = config.address(family);
            if (prefix.isSet()) {
                own.add(prefix.address());
            }
        }
        if (own.isEmpty()) {
            throw new IOException("cannot use port " + port
                    + " of the stack: it has no address; configure one or name the address to use");
        }
        return own;
    }
}
