// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.Datagrams;
import io.pktkit.device.L2Connector;
import io.pktkit.device.L3Connector;
import io.pktkit.internal.Daemons;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPrivateKey;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A UDP port that speaks WireGuard, for any number of identities, and the devices of their peers.
 *
 * <pre>{@code
 * try (WgPort port = WgPort.open(WgPortConfig.client())) {
 *     WgDevice tunnel = port.addDevice(privateKey);
 *     tunnel.peers().add(serverKey, WgPeerOptions.create().allowedIp(IpPrefix.parse("10.9.0.0/24")),
 *             EndpointName.parse("vpn.example:51820"));
 *     Links.connect(tunnel, client);
 *     ...
 * }
 * }</pre>
 *
 * <p>What is received is decrypted and handed on to the end on the receiving thread; what is sent is encrypted on the
 * thread that sends, in the buffer that the kernel reads. Handshakes and timers have a thread of their own. Any thread may
 * call anything.
 */
public final class WgPort implements AutoCloseable {

    /** The longest packet whose datagram is not longer than IPv4 allows: 65 507 less 32. */
    public static final int MAX_MTU = 65_475;

    /** The shortest MTU that a device takes: what every IPv4 host must be able to receive, RFC 1122 section 3.3.2. */
    public static final int MIN_MTU = 576;

    private final PortCore core;
    private final DatagramConfig datagrams;
    private final Object moving = new Object();
    private final Incoming incoming;
    private final @Nullable HandshakeWorker worker;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CompletableFuture<Void> receiverEnded = new CompletableFuture<>();
    private final CompletableFuture<Void> workerEnded = new CompletableFuture<>();
    private final CompletableFuture<Void> closedEnd = new CompletableFuture<>();
    private final CompletionStage<Void> done =
            CompletableFuture.allOf(receiverEnded, workerEnded, closedEnd).minimalCompletionStage();

    private WgPort(WgPortConfig config, DatagramEndpoint endpoint) {
        this.core = new PortCore(config, endpoint, this::onTime);
        this.datagrams = config.datagrams();
        this.worker = config.threads() ? new HandshakeWorker(core) : null;
        this.incoming = new Incoming(core, worker);
    }

    /**
     * Opens a port.
     *
     * @param config what it is bound to, and the rest
     * @return the port, which the caller owns
     * @throws IOException naming address, port and remedy, when it cannot be bound
     */
    public static WgPort open(WgPortConfig config) throws IOException {
        return over(Datagrams.open(config.datagrams()), config);
    }

    /**
     * Makes a port over an endpoint that is open already.
     *
     * @param endpoint the endpoint, which the port owns from now on; nobody else may receive from it
     * @param config the rest
     * @return the port, which the caller owns
     */
    public static WgPort over(DatagramEndpoint endpoint, WgPortConfig config) {
        try {
            WgPort port = new WgPort(config, endpoint);
            port.start();
            return port;
        } catch (RuntimeException | Error failure) {
            endpoint.close();
            throw failure;
        }
    }

    private void start() {
        HandshakeWorker handshakes = worker;
        if (handshakes == null) {
            receiverEnded.complete(null);
            workerEnded.complete(null);
            return;
        }
        Receiver receiver = new Receiver(core, incoming);
        thread("pktkit-wg-" + core.endpoint().port(), receiver, receiverEnded).start();
        thread("pktkit-wg-handshakes-" + core.endpoint().port(), handshakes, workerEnded)
                .start();
    }

    private static Thread thread(String name, Runnable body, CompletableFuture<Void> ended) {
        Runnable all = () -> {
            try {
                body.run();
            } finally {
                ended.complete(null);
            }
        };
        return Daemons.thread(name, all);
    }

    /**
     * Adds an identity whose peers are behind one device.
     *
     * @param privateKey its key, copied
     * @return the device; closing it removes the identity
     * @throws IllegalArgumentException if another identity of the port has the key
     * @throws IllegalStateException if there are 256 identities, or the port is closed
     */
    public WgDevice addDevice(WgPrivateKey privateKey) {
        WgIdentity identity = core.engine().addIdentity(privateKey);
        WgDevice device = new WgDevice(core, identity);
        core.add(device.peers());
        return device;
    }

    /**
     * Adds an identity of whose peers each has a device of its own, connected to a network of IP: a NAT, or a hub.
     *
     * @param privateKey its key, copied
     * @param network the network
     * @return the peers; closing it removes the identity
     * @throws IllegalArgumentException if another identity of the port has the key
     * @throws IllegalStateException if there are 256 identities, or the port is closed
     */
    public WgTenants addTenants(WgPrivateKey privateKey, L3Connector network) {
        return addTenants(privateKey, network::connect, WgIdentity.DEFAULT_MTU);
    }

    /**
     * Adds an identity whose peers are hosts of an Ethernet network, each behind an adapter with a MAC address that its key
     * gives. Needs the module {@code io.pktkit.l2adapter}.
     *
     * @param privateKey its key, copied
     * @param network the network
     * @param lans its subnets and gateways; a peer is a host of one with its first single allowed address in it
     * @return the peers; closing it removes the identity
     * @throws IllegalArgumentException if another identity of the port has the key
     * @throws IllegalStateException if there are 256 identities, or the port is closed
     */
    public WgTenants addBridgedTenants(WgPrivateKey privateKey, L2Connector network, List<LanPrefix> lans) {
        return addBridgedTenants(privateKey, (peer, station) -> network.connect(station), lans);
    }

    /**
     * Adds an identity whose peers are hosts of an Ethernet network that wants to know who they are. Needs the module
     * {@code io.pktkit.l2adapter}.
     *
     * @param privateKey its key, copied
     * @param network the network
     * @param lans its subnets and gateways; a peer is a host of one with its first single allowed address in it
     * @return the peers; closing it removes the identity
     * @throws IllegalArgumentException if another identity of the port has the key
     * @throws IllegalStateException if there are 256 identities, or the port is closed
     */
    public WgTenants addBridgedTenants(WgPrivateKey privateKey, PeerBridge network, List<LanPrefix> lans) {
        return addTenants(
                privateKey, new BridgePlug(network, List.copyOf(lans), core.timers()), WgIdentity.DEFAULT_MTU);
    }

    private WgTenants addTenants(WgPrivateKey privateKey, WgTenants.Plug plug, int mtu) {
        WgIdentity identity = core.engine().addIdentity(privateKey, true);
        WgTenants tenants = new WgTenants(core, identity, plug, mtu);
        core.add(tenants.peers());
        return tenants;
    }

    /**
     * Receives what is there, without waiting; for a port without threads.
     *
     * @return how many datagrams that were; {@link DatagramEndpoint#CLOSED} after the close
     * @throws IOException when the socket is broken; what is left is to close the port and open another
     * @throws IllegalStateException when the port has threads, or this is called while receiving
     */
    public int poll() throws IOException {
        if (worker != null) {
            throw new IllegalStateException("the port receives with a thread of its own: threads=true");
        }
        int received = core.endpoint().poll(incoming);
        if (received == DatagramEndpoint.CLOSED) {
            incoming.endOfBurst(); // which nobody ends there any more
        }
        core.deadline().update();
        return received;
    }

    /**
     * Moves to another UDP port, with sessions, identities and peers; a peer notices by where the next packet comes from.
     * What is on its way to the port before is lost.
     *
     * @param number the port, 0 for another one of the system's choice; nothing happens if it is the present one
     * @throws IOException if it cannot be bound; the port stays where it is then
     * @throws IllegalStateException if this is closed
     */
    public void rebind(int number) throws IOException {
        if (number != port() || number == 0) {
            rebind(Datagrams.open(datagrams.withPort(number)));
        }
    }

    /**
     * Moves to another endpoint, as {@link #rebind(int)} does.
     *
     * @param endpoint the endpoint, which the port owns from now on, and closes
     * @throws IllegalStateException if this is closed
     */
    public void rebind(DatagramEndpoint endpoint) {
        DatagramEndpoint before;
        synchronized (moving) {
            if (closed.get()) {
                endpoint.close();
                throw new IllegalStateException("the port is closed: closed=true");
            }
            before = core.endpoint();
            core.endpoint(endpoint);
        }
        before.close();
    }

    /** {@return the UDP port} */
    public int port() {
        return core.endpoint().port();
    }

    /** {@return where the datagrams come from: its counters, and its switch of offloads} */
    public DatagramEndpoint endpoint() {
        return core.endpoint();
    }

    /** {@return the identities and their peers; what is added there is only looked after when it comes from here} */
    public WgEngine engine() {
        return core.engine();
    }

    /** {@return the time on the clock of the port, as the engine's calls take it} */
    public long nowNanos() {
        return core.nowNanos();
    }

    /**
     * Tells how many datagrams and packets the engine dropped.
     *
     * @param why for this reason
     * @return the count
     */
    public long drops(WgDrop why) {
        return core.engine().drops(why);
    }

    /** {@return how many handshake messages were dropped because too many waited} */
    public long handshakesDropped() {
        HandshakeWorker handshakes = worker;
        return handshakes == null ? 0 : handshakes.dropped();
    }

    /** {@return how many packets came out of the tunnel for a peer whose device is not connected} */
    public long undelivered() {
        return core.undelivered();
    }

    /** {@return how many datagrams came from port 0, which nobody can answer} */
    public long unanswerable() {
        return core.unanswerable();
    }

    /** {@return how often a connector, the resolver or the socket failed; each is logged at a bounded rate} */
    public long failures() {
        return core.failures();
    }

    /** {@return one line that tells what the port is bound to, what its datagrams and its cipher are} */
    public String describe() {
        return "WireGuard over " + core.endpoint().describe() + "; "
                + core.engine().cipher();
    }

    /** {@return a stage that completes when the port is closed and its threads have ended} */
    public CompletionStage<Void> done() {
        return done;
    }

    /**
     * Closes socket, devices and places in networks, and wipes all keys. Nobody is told anything: a peer finds out when it
     * gets no answer. Idempotent; no callback runs after this returned, under the terms of {@link io.pktkit.device}.
     */
    @Override
    public void close() {
        DatagramEndpoint last;
        synchronized (moving) {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            last = core.endpoint();
        }
        try {
            last.close();
        } finally {
            HandshakeWorker handshakes = worker;
            if (handshakes != null) {
                handshakes.close();
            }
            core.close();
            closedEnd.complete(null);
        }
    }

    static void checkMtu(int bytes) {
        if (bytes < MIN_MTU || bytes > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + bytes);
        }
    }

    private void onTime(PortCore fired) {
        HandshakeWorker handshakes = worker;
        if (handshakes == null) {
            fired.runTimers();
        } else {
            handshakes.wake();
        }
    }
}
