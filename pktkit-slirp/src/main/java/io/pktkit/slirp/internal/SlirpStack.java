// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.AddressState;
import io.pktkit.device.ByteBudget;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.L3Device;
import io.pktkit.device.Registration;
import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.TenantQuota;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpFlow;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.slirp.UdpService;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the namespaces of one gateway share. Any thread. */
public final class SlirpStack {
    /** Of the heap, what guests can make the gateway hold, unless the settings of TCP have a budget of their own. */
    private static final int PART_OF_HEAP = 8;

    private static final int KEPT_BATCHES = 4;

    private final SlirpConfig config;
    private final ByteBudget memory;
    private final Destinations destinations;
    private final HostAddresses addresses = new HostAddresses();
    private final SelectorLoop loop;
    private final IsnSource isn = IsnSource.random();
    private final DeviceStats stats = new DeviceStats();
    private final TenantQuota tcpQuota;
    private final TenantQuota dialQuota;
    private final TenantQuota udpQuota;
    private final AtomicInteger nextNamespace = new AtomicInteger(1);
    private final Map<Endpoint, UdpService> udpServices = new ConcurrentHashMap<>();

    /** Their ports; replaced and not changed. */
    private volatile BitSet udpServicePorts = new BitSet();

    /** Of threads that send, when they do not. */
    private final ArrayDeque<PayloadBatch> batches = new ArrayDeque<>();

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
        ByteBudget given = config.tcp().memory();
        this.memory = given == ByteBudget.shared()
                ? new ByteBudget(Runtime.getRuntime().maxMemory() / PART_OF_HEAP)
                : given;
        this.destinations = new Destinations(config);
        for (IpFamily family : IpFamily.values()) {
            addresses.setPrefix(config.address(family));
        }
        config.hostAliases().forEach(alias -> addresses.put(alias, AddressState.GOOD));
        this.tcpQuota = new TenantQuota(config.limits().tcpConnections());
        this.dialQuota = new TenantQuota(config.limits().dialing());
        this.udpQuota = new TenantQuota(config.limits().udpMappings());
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
            shareMemory();
            for (Listener listener : listeners) {
                listener.open(namespace);
            }
        }
        for (Namespace other : namespaces) {
            other.locked(now -> other.shed()); // what it has beyond its part, now that it is not alone
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
        Registration unbind = () -> {
            bound.forEach(endpoint -> udpServices.remove(endpoint, service));
            noteUdpServicePorts();
        };
        for (IpAddress each : addresses(address, port)) {
            Endpoint endpoint = new Endpoint(each, port);
            if (udpServices.putIfAbsent(endpoint, service) != null) {
                unbind.close();
                throw new BindException("cannot bind UDP port " + port + " of " + each + ": it is in use");
            }
            bound.add(endpoint);
        }
        noteUdpServicePorts();
        return unbind;
    }

    private synchronized void noteUdpServicePorts() {
        BitSet ports = new BitSet();
        udpServices.keySet().forEach(endpoint -> ports.set(endpoint.port()));
        udpServicePorts = ports;
    }

    /**
     * Listens.
     *
     * @param address where, or null for the stack's own addresses
     * @param port the port
     * @return the listener
     * @throws IOException when the port is taken
     */
    public Listener listen(@Nullable IpAddress address, int port) throws IOException {
        List<IpAddress> addresses = addresses(address, port);
        synchronized (membership) {
            checkOpen("listen on port " + port);
            for (Listener other : listeners) {
                if (other.boundPort() == port && other.overlaps(addresses)) {
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

    /**
     * Lists the flows of all namespaces.
     *
     * @return a snapshot
     */
    public List<SlirpFlow> flows() {
        List<SlirpFlow> flows = new ArrayList<>();
        namespaces.forEach(namespace -> namespace.get(() -> {
            namespace.listFlows(flows);
            return null;
        }));
        return flows;
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

    /** The memory that all namespaces share. */
    ByteBudget memory() {
        return memory;
    }

    /** One namespace gets all; with a second one each has its fair part. With the membership lock held. */
    private void shareMemory() {
        boolean several = namespaces.size() > 1;
        namespaces.forEach(namespace -> namespace.shareMemory(several));
    }

    Timers timers() {
        return config.timers();
    }

    Destinations destinations() {
        return destinations;
    }

    /** Those that every namespace has alike: the stack's own, and the aliases of the host. */
    HostAddresses addresses() {
        return addresses;
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

    TenantQuota tcpQuota() {
        return tcpQuota;
    }

    TenantQuota dialQuota() {
        return dialQuota;
    }

    TenantQuota udpQuota() {
        return udpQuota;
    }

    /** Whether any address has a service at a port. */
    boolean hasUdpService(int port) {
        return udpServicePorts.get(port);
    }

    /** An empty batch, which is the caller's until it gives it back. */
    PayloadBatch takeBatch() {
        synchronized (batches) {
            PayloadBatch kept = batches.pollLast();
            if (kept != null) {
                return kept;
            }
        }
        return new PayloadBatch();
    }

    void giveBatch(PayloadBatch batch) {
        batch.clear();
        synchronized (batches) {
            if (batches.size() < KEPT_BATCHES) {
                batches.addLast(batch);
            }
        }
    }

    @Nullable
    UdpService udpService(IpAddress address, int port) {
        return udpServices.isEmpty() ? null : udpServices.get(new Endpoint(address, port));
    }

    void onClosed(Namespace namespace) {
        synchronized (membership) {
            namespaces.remove(namespace);
            shareMemory();
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
