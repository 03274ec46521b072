// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.Datagrams;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L3Connector;
import io.pktkit.device.L3Device;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.Daemons;
import io.pktkit.ovpn.client.ClientNetwork;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.internal.rules.MssClamp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An OpenVPN server: stock clients connect to it over UDP or TCP, and each is a device of a network.
 *
 * <pre>{@code
 * try (Slirp slirp = Slirp.open(nat);
 *         OvpnServer server = OvpnServer.tenants(config, slirp)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>What is received is decrypted and handed on to the end on the receiving thread of its port; what is sent is encrypted on
 * the thread that sends. TLS and timers have a thread of their own. Any thread may call anything.
 */
public final class OvpnServer implements AutoCloseable {

    private final ServerCore core;
    private final @Nullable DatagramEndpoint endpoint;
    private final @Nullable UdpReceiver receiver;
    private final @Nullable TcpPort tcp;
    private final AtomicReference<@Nullable Thread> closer = new AtomicReference<>();
    private final CountDownLatch isClosed = new CountDownLatch(1);
    private final List<CompletableFuture<Void>> ends = new ArrayList<>();
    private final CompletableFuture<Void> closedEnd = new CompletableFuture<>();
    private final CompletionStage<Void> done;
    private final @Nullable SharedDevice shared;

    private OvpnServer(ServerCore core, @Nullable DatagramEndpoint endpoint, @Nullable TcpPort tcp) {
        this.core = core;
        this.shared = core.sharedDevice();
        this.endpoint = endpoint;
        this.receiver = endpoint == null ? null : new UdpReceiver(core, endpoint);
        this.tcp = tcp;
        if (core.config().hasThreads()) {
            if (receiver != null && endpoint != null) {
                start("pktkit-ovpn-" + endpoint.port(), receiver);
            }
            if (tcp != null) {
                start("pktkit-ovpn-tcp-" + tcp.port(), tcp);
            }
            start("pktkit-ovpn-control-" + port(), core.worker());
        }
        ends.add(closedEnd);
        done = CompletableFuture.allOf(ends.toArray(new CompletableFuture<?>[0]))
                .minimalCompletionStage();
    }

    /**
     * Opens a server whose clients are tenants: each has a device of its own on a network of IP, a NAT or a hub, and
     * reaches what that lets it reach.
     *
     * @param config how it is set up; with a subnet, unless the authenticator gives addresses
     * @param network the network
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when a port cannot be bound
     */
    public static OvpnServer tenants(OvpnServerConfig config, L3Connector network) throws IOException {
        return tenants(config, knowing(network));
    }

    /**
     * Opens a server like {@link #tenants(OvpnServerConfig, L3Connector)} over a network that is told who the clients are.
     *
     * @param config how it is set up; with a subnet, unless the authenticator gives addresses
     * @param network the network
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when a port cannot be bound
     */
    public static OvpnServer tenants(OvpnServerConfig config, ClientNetwork network) throws IOException {
        return open(config, tunFaces(config, network));
    }

    /**
     * Opens a server whose clients share one device, {@link #device()}, like the tun interface of an OpenVPN server: for who
     * routes, has networks behind clients, or many clients that need no place each. Attach to it before clients come.
     *
     * <p>Its prefixes are the server's addresses and the subnets of clients. Where it is attached to an {@code L3Hub}, a network
     * behind a client is reached over the hub's default route, or as part of a wider prefix that is set on the device.
     *
     * @param config how it is set up; with a subnet, unless the authenticator gives addresses
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when a port cannot be bound
     */
    public static OvpnServer shared(OvpnServerConfig config) throws IOException {
        return open(config, new SharedFaces());
    }

    /** Made for one server, which asks for the device once, before there are clients. */
    private static final class SharedFaces implements ServerCore.Faces {

        private volatile @Nullable SharedDevice device;

        @Override
        public SharedDevice device(ServerCore core) {
            SharedDevice made = new SharedDevice(core);
            device = made;
            return made;
        }

        @Override
        public ClientFace make(ServerCore core, ClientLink link, ClientSettings settings) {
            return Objects.requireNonNull(device).new Face(link, settings);
        }
    }

    private static ClientNetwork knowing(L3Connector network) {
        return (client, device) -> network.connect(device);
    }

    /**
     * Opens a server whose clients have tap devices, and are hosts of an Ethernet network. Each has the MAC address that it
     * first sends from, and may not use that of another.
     *
     * @param config how it is set up; with a subnet, or without where the network has a DHCP server
     * @param network the network
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when a port cannot be bound
     */
    public static OvpnServer bridged(OvpnServerConfig config, L2Connector network) throws IOException {
        StationTable stations = new StationTable();
        return open(config, new ServerCore.Faces() {
            @Override
            public ClientFace make(ServerCore core, ClientLink link, ClientSettings settings) {
                return new TapFace(core, link, settings, network, stations);
            }

            @Override
            public boolean areTap() {
                return true;
            }
        });
    }

    /**
     * Makes a server like {@link #shared} over an endpoint that is open already.
     *
     * @param endpoint the endpoint, which the server owns from now on; nobody else may receive from it
     * @param config how the rest is set up
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when TCP cannot be bound
     */
    public static OvpnServer over(DatagramEndpoint endpoint, OvpnServerConfig config) throws IOException {
        return open(endpoint, config, new SharedFaces());
    }

    /**
     * Makes a server like {@link #tenants(OvpnServerConfig, L3Connector)} over an endpoint that is open already.
     *
     * @param endpoint the endpoint, which the server owns from now on; nobody else may receive from it
     * @param config how the rest is set up
     * @param network the network
     * @return the server, which the caller owns
     * @throws IOException naming address, port and remedy, when TCP cannot be bound
     */
    public static OvpnServer over(DatagramEndpoint endpoint, OvpnServerConfig config, L3Connector network)
            throws IOException {
        return open(endpoint, config, tunFaces(config, knowing(network)));
    }

    private static ServerCore.Faces tunFaces(OvpnServerConfig config, ClientNetwork network) {
        MssClamp clamp = config.clamp();
        return (core, link, settings) -> new TunFace(core, link, settings, network, config.mtu(), clamp);
    }

    private static OvpnServer open(OvpnServerConfig config, ServerCore.Faces faces) throws IOException {
        DatagramConfig udp = config.udp();
        return open(udp == null ? null : Datagrams.open(udp), config, faces);
    }

    private static OvpnServer open(@Nullable DatagramEndpoint endpoint, OvpnServerConfig config, ServerCore.Faces faces)
            throws IOException {
        DatagramConfig tcp = config.tcp();
        TcpPort tcpPort = null;
        try {
            ServerCore core = new ServerCore(config, faces);
            if (tcp != null) {
                tcpPort = TcpPort.open(core, tcp, config.handshakeNanos());
            }
            return new OvpnServer(core, endpoint, tcpPort);
        } catch (IOException | RuntimeException | Error failure) {
            if (endpoint != null) {
                endpoint.close();
            }
            if (tcpPort != null) {
                tcpPort.close();
            }
            throw failure;
        }
    }

    private void start(String name, Runnable body) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        ends.add(ended);
        Runnable all = () -> {
            try {
                body.run();
            } finally {
                ended.complete(null);
            }
        };
        Daemons.thread(name, all).start();
    }

    /**
     * Receives what is there and does what is due, without waiting; for a server without threads.
     *
     * @return how many datagrams that were; {@link DatagramEndpoint#CLOSED} after the close
     * @throws IOException when the socket is broken; what is left is to close the server and open another
     * @throws IllegalStateException when the server has threads
     */
    public int poll() throws IOException {
        UdpReceiver polled = receiver;
        if (core.config().hasThreads() || polled == null || endpoint == null) {
            throw new IllegalStateException("the server receives with threads of its own: threads=true");
        }
        int received = endpoint.poll(polled);
        while (!core.worker().isIdle()) {
            core.worker().runWaiting();
        }
        return received;
    }

    /** {@return the UDP port; without UDP the TCP port} */
    public int port() {
        if (endpoint != null) {
            return endpoint.port();
        }
        return tcp == null ? 0 : tcp.port();
    }

    /** {@return the TCP port; 0 without TCP} */
    public int tcpPort() {
        return tcp == null ? 0 : tcp.port();
    }

    /**
     * Gives the device that all clients share.
     *
     * @return the device, which is closed with the server
     * @throws IllegalStateException if each has a device of its own: the server was not opened by {@link #shared}
     */
    public L3Device device() {
        if (shared == null) {
            throw new IllegalStateException("each client has a device of its own: open the server by shared");
        }
        return shared;
    }

    /** {@return who is in} */
    public List<ConnectedClient> clients() {
        List<ConnectedClient> in = new ArrayList<>();
        for (ClientLink link : core.table().all()) {
            if (link.isStaying()) {
                in.add(link);
            }
        }
        return in;
    }

    /** {@return how many sessions there are, those not in yet included} */
    public int sessions() {
        return core.table().size();
    }

    /**
     * Tells how much from outside was dropped.
     *
     * @param reason for this reason
     * @return the count
     */
    public long drops(OvpnDrop reason) {
        return core.drops(reason);
    }

    /** {@return how often user code, a network or a socket failed; each is logged at a bounded rate} */
    public long failures() {
        return core.failures();
    }

    /** {@return one line that tells what the server is bound to and how it is protected} */
    public String describe() {
        String udpPart = endpoint == null ? "" : " over " + endpoint.describe();
        String tcpPart = tcp == null ? "" : (endpoint == null ? " over" : " and") + " TCP port " + tcp.port();
        return "OpenVPN" + udpPart + tcpPart + "; control channel with "
                + core.config().controlSecurity();
    }

    /** {@return a stage that completes when the server is closed and its threads have ended} */
    public CompletionStage<Void> done() {
        return done;
    }

    /**
     * Closes ports, connections, devices and places in networks, and wipes all keys. Idempotent: called again meanwhile, it
     * waits for the first call. No callback runs after this returned, under the terms of {@link io.pktkit.device}.
     */
    @Override
    public void close() {
        if (!closer.compareAndSet(null, Thread.currentThread())) {
            awaitClose();
            return;
        }
        try {
            if (tcp != null) {
                tcp.close();
            }
            if (endpoint != null) {
                endpoint.close();
            }
        } finally {
            core.close();
            if (shared != null) {
                shared.close();
            }
            isClosed.countDown();
            closedEnd.complete(null);
        }
    }

    /** Not from within a callback that the first close waits for, nor on the control thread, which it waits for, too. */
    private void awaitClose() {
        Thread first = closer.get();
        if (first != null && !core.worker().isBusyHere()) {
            CallbackGate.await(first, isClosed);
        }
    }
}
