// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.slirp.UdpFiltering;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One guest UDP endpoint and its socket.
 *
 * <p>The host tells of a closed port only on a connected socket, while one mapping for all remotes needs an unconnected one. So the
 * socket is connected as long as there is a single remote, which is what nearly all clients ever have, and is disconnected, keeping
 * its port, when a second one turns up.
 */
final class UdpMapping implements SelectorLoop.Ready, Runnable {
    private static final int MAX_QUEUED = 256;
    private static final int MAX_QUEUED_BYTES = 256 << 10;

    /** Datagrams read before other sockets have their turn; also what ends a series of errors. */
    private static final int ROUNDS = 64;

    private static final int DNS_PORT = 53;

    private final Namespace namespace;
    private final UdpNat nat;
    private final Endpoint guest;

    // Guarded by the namespace's lock.
    private final ArrayDeque<Datagram> queue = new ArrayDeque<>();
    private int queuedBytes;
    private boolean scheduled;
    private boolean retired;
    private boolean dnsOnly = true;
    private long lastActiveNanos;

    // Owned by the loop thread.
    private final UdpPeers peers;
    private @Nullable DatagramChannel channel;
    private @Nullable InetSocketAddress connectedTo;
    private boolean ended;

    UdpMapping(Namespace namespace, UdpNat nat, Endpoint guest) {
        this.namespace = namespace;
        this.nat = nat;
        this.guest = guest;
        this.peers = new UdpPeers(namespace.stack().config().limits().udpPeers());
    }

    // -- under the namespace's lock
    // ----------------------------------------------------------------------------------------------

    @Nullable
    DropReason enqueue(IpAddress destination, UdpDatagram udp, long nowNanos) {
        lastActiveNanos = nowNanos;
        dnsOnly &= udp.destinationPort() == DNS_PORT;
        if (queue.size() >= MAX_QUEUED || queuedBytes + udp.payloadLength() > MAX_QUEUED_BYTES) {
            return DropReason.QUEUE_FULL;
        }
        queue.addLast(new Datagram(destination, udp));
        queuedBytes += udp.payloadLength();
        if (!scheduled) {
            scheduled = true;
            namespace.stack().loop().execute(this);
        }
        return null;
    }

    boolean isIdle(long nowNanos) {
        long idle = dnsOnly
                ? namespace.stack().config().dnsIdleNanos()
                : namespace.stack().config().udpIdleNanos();
        return nowNanos - lastActiveNanos >= idle;
    }

    void retire() {
        retired = true;
        queue.clear();
        queuedBytes = 0;
    }

    Endpoint guest() {
        return guest;
    }

    private @Nullable Datagram poll() {
        Datagram first = queue.pollFirst();
        if (first == null) {
            scheduled = false;
        } else {
            queuedBytes -= first.payload.remaining();
        }
        return first;
    }

    // -- on the loop thread
    // ------------------------------------------------------------------------------------------------------

    /** Sends what the guest has queued. */
    @Override
    public void run() {
        try {
            sendQueued();
        } catch (RuntimeException | Error failure) {
            onFailure(); // else the queue would fill up behind a task that is not coming back
            throw failure;
        }
    }

    private void sendQueued() {
        for (int round = 0; round < ROUNDS; round++) {
            Datagram datagram = namespace.get(this::poll);
            if (datagram == null) {
                return;
            }
            send(datagram);
        }
        namespace.stack().loop().execute(this);
    }

    @Override
    public void onReady(SelectionKey key) {
        DatagramChannel open = channel;
        for (int round = 0; round < ROUNDS && open != null && !ended; round++) {
            try {
                ByteBuffer buffer = namespace.stack().loop().buffer();
                InetSocketAddress source = (InetSocketAddress) open.receive(buffer);
                if (source == null) {
                    return;
                }
                onReply(source, buffer.flip());
            } catch (PortUnreachableException e) {
                onRefused();
            } catch (IOException e) {
                namespace.dropped(DropReason.IO_ERROR); // of one datagram; the next may do better
            }
        }
    }

    @Override
    public void onFailure() {
        namespace.locked(now -> nat.remove(this));
    }

    /** Closes the socket. Idempotent. */
    void end() {
        ended = true;
        DatagramChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                namespace.dropped(DropReason.IO_ERROR);
            }
        }
    }

    private void send(Datagram datagram) {
        Endpoint name = new Endpoint(datagram.destination, datagram.port);
        InetSocketAddress remote = peers.remote(name);
        if (remote == null) {
            remote = namespace.stack().destinations().resolve(IpProtocol.UDP, datagram.destination, datagram.port);
            if (remote == null) {
                namespace.dropped(DropReason.FILTERED);
                namespace.locked(now -> namespace.icmp().denied(guest, name, now));
                return;
            }
        }
        if (ended) {
            return;
        }
        try {
            sendTo(name, remote, datagram.payload);
        } catch (IOException | UnsupportedAddressTypeException e) { // the latter where the host does without IPv6
            namespace.dropped(DropReason.UNREACHABLE);
            namespace.locked(now -> namespace.icmp().fromRemote(guest, name, IcmpError.hostUnreachable(), now));
        }
    }

    private void sendTo(Endpoint name, InetSocketAddress remote, ByteBuffer payload) throws IOException {
        DatagramChannel open = channel == null ? open() : channel;
        if (peers.remote(name) == null) {
            meet(open, name, remote);
        }
        if (!payload.hasRemaining() && connectedTo != null) {
            disconnect(open); // a connected DatagramChannel takes an empty datagram and does not send it
        }
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                if (open.send(payload, remote) == 0 && payload.hasRemaining()) {
                    namespace.dropped(DropReason.QUEUE_FULL);
                }
                return;
            } catch (PortUnreachableException e) {
                onRefused(); // of an earlier datagram; this one has not been sent yet
            }
        }
    }

    private DatagramChannel open() throws IOException {
        try {
            DatagramChannel opened = DatagramChannel.open();
            channel = opened;
            opened.configureBlocking(false);
            opened.bind(new InetSocketAddress(0)); // a port of its own, which outlives connecting and disconnecting
            namespace.stack().loop().register(opened, SelectionKey.OP_READ, this);
            return opened;
        } catch (IOException e) {
            namespace.locked(now -> nat.remove(this));
            throw e;
        }
    }

    /** A remote this endpoint has not sent to before. */
    private void meet(DatagramChannel open, Endpoint name, InetSocketAddress remote) throws IOException {
        if (namespace.stack().config().udpFiltering() == UdpFiltering.ADDRESS_AND_PORT_DEPENDENT) {
            if (peers.isEmpty()) {
                open.connect(remote);
                connectedTo = remote;
            } else if (connectedTo != null && !connectedTo.equals(remote)) {
                disconnect(open);
            }
        }
        peers.add(name, remote);
    }

    private void disconnect(DatagramChannel open) throws IOException {
        open.disconnect();
        connectedTo = null;
    }

    private void onReply(InetSocketAddress source, ByteBuffer payload) {
        Endpoint name = peers.name(source);
        if (name == null && namespace.stack().config().udpFiltering() == UdpFiltering.ENDPOINT_INDEPENDENT) {
            name = new Endpoint(IpAddress.of(source.getAddress()).unmapped(), source.getPort());
        }
        if (name == null || name.address().family() != guest.address().family()) {
            namespace.dropped(DropReason.FILTERED);
            return;
        }
        Endpoint from = name;
        namespace.locked(now -> {
            if (!retired) {
                lastActiveNanos = now;
                namespace.emitter().udp(from, guest, payload);
            }
        });
    }

    private void onRefused() {
        InetSocketAddress remote = connectedTo;
        Endpoint name = remote == null ? null : peers.name(remote);
        if (name != null) {
            namespace.locked(now -> namespace.icmp().fromRemote(guest, name, IcmpError.portUnreachable(), now));
        }
    }
}
