// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.slirp.UdpFiltering;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The socket of one guest UDP endpoint.
 *
 * <p>The host tells of a closed port only on a connected socket, while one mapping for all remotes needs an unconnected one. So the
 * socket is connected as long as there is a single remote, which is what nearly all clients ever have, and is disconnected, keeping
 * its port, when a second one turns up.
 */
final class UdpSocket implements SelectorLoop.Ready, Runnable {
    /** Batches sent before others have their turn. */
    private static final int ROUNDS = 4;

    /** Calls that receive before other sockets have their turn; also what ends a series of errors. */
    private static final int CALLS = PayloadBatch.MAX_DATAGRAMS;

    private final Namespace namespace;
    private final UdpMapping mapping;
    private final Endpoint guest;

    // Owned by the loop thread.
    private final UdpPeers peers;
    private @Nullable DatagramChannel channel;
    private @Nullable InetSocketAddress connectedTo;
    private @Nullable UdpRoute lastRoute;
    private @Nullable InetSocketAddress lastSource;
    private @Nullable Endpoint lastName;
    private boolean ended;

    UdpSocket(Namespace namespace, UdpMapping mapping) {
        this.namespace = namespace;
        this.mapping = mapping;
        this.guest = mapping.guest();
        this.peers = new UdpPeers(namespace.stack().config().limits().udpPeers());
    }

    // -- on the thread that sends
    // ------------------------------------------------------------------------------------------------

    /** For the uplink: sends what was taken. */
    void sendTaken(PayloadBatch batch) {
        UdpRoute known = batch.route;
        try {
            if (known != null && isAllowed(known.name(), batch.size())) {
                for (int i = 0; i < batch.size(); i++) {
                    transmit(known, batch.payload(i));
                }
            }
        } catch (RuntimeException | Error failure) {
            onFailure(); // else the queue would fill up behind a task that is not coming back
            throw failure;
        }
    }

    /** Asked for all that is sent at once: who is not allowed any more must not go on because he was once. */
    private boolean isAllowed(Endpoint name, int datagrams) {
        boolean allowed = namespace.stack().destinations().mayReach(IpProtocol.UDP, name.address(), name.port());
        if (!allowed) {
            onDenied(name, datagrams);
        }
        return allowed;
    }

    private void onDenied(Endpoint name, int datagrams) {
        for (int i = 0; i < datagrams; i++) {
            namespace.dropped(DropReason.FILTERED);
        }
        namespace.locked(now -> namespace.reportDenied(guest, name, now));
    }

    private void transmit(UdpRoute way, ByteBuffer payload) {
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                if (!way.send(payload)) {
                    namespace.dropped(DropReason.QUEUE_FULL);
                }
                return;
            } catch (PortUnreachableException e) {
                onRefused(way.name()); // of an earlier datagram; this one has not been sent yet
            } catch (ClosedChannelException e) {
                namespace.dropped(DropReason.CLOSED); // the endpoint has come to its end meanwhile
                return;
            } catch (IOException | UnsupportedAddressTypeException e) { // the latter where the host does without IPv6
                onUnreachable(way.name());
                return;
            }
        }
    }

    private void onUnreachable(Endpoint name) {
        namespace.dropped(DropReason.UNREACHABLE);
        namespace.locked(now -> namespace.reportFromRemote(guest, name, IcmpError.hostUnreachable(), now));
    }

    private void onRefused(Endpoint name) {
        namespace.locked(now -> namespace.reportFromRemote(guest, name, IcmpError.portUnreachable(), now));
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
        PayloadBatch batch = namespace.stack().loop().batch();
        for (int round = 0; round < ROUNDS; round++) {
            batch.clear();
            namespace.shell().enter();
            try {
                mapping.takeAll(batch, lastRoute);
            } finally {
                namespace.shell().leave();
            }
            if (batch.size() == 0) {
                return;
            }
            for (int i = 0, next; i < batch.size(); i = next) {
                next = batch.endOfRemote(i);
                send(batch, i, next);
            }
        }
        namespace.stack().loop().execute(this);
    }

    @Override
    public void onReady(SelectionKey key) {
        DatagramChannel open = channel;
        PayloadBatch batch = namespace.stack().loop().batch();
        batch.clear();
        for (int call = 0; call < CALLS && open != null && batch.hasRoom(PayloadBatch.MAX_PAYLOAD); call++) {
            try {
                InetSocketAddress source = (InetSocketAddress) open.receive(batch.buffer());
                if (source == null) {
                    break;
                }
                Endpoint name = nameOf(source);
                if (name == null) {
                    namespace.dropped(DropReason.FILTERED);
                    batch.revert();
                } else {
                    batch.add(name);
                }
            } catch (PortUnreachableException e) {
                batch.revert();
                onPortClosed();
            } catch (IOException e) {
                batch.revert();
                namespace.dropped(DropReason.IO_ERROR); // of one datagram; the next may do better
            }
        }
        if (batch.size() > 0) {
            namespace.shell().enter();
            try {
                mapping.deliver(batch, namespace.nowNanos());
            } finally {
                namespace.shell().leave();
            }
        }
    }

    @Override
    public void onFailure() {
        namespace.locked(now -> mapping.remove());
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

    /** Sends datagrams of the batch that go to one destination. */
    private void send(PayloadBatch batch, int from, int to) {
        Endpoint name = Objects.requireNonNull(batch.remote(from));
        InetSocketAddress remote = peers.remote(name);
        if (remote == null) {
            remote = namespace.stack().destinations().resolve(IpProtocol.UDP, name.address(), name.port());
            if (remote == null) {
                onDenied(name, to - from);
                return;
            }
        } else if (!isAllowed(name, to - from)) {
            return;
        }
        for (int i = from; i < to && !ended; i++) {
            sendTo(name, remote, batch.payload(i));
        }
    }

    private void sendTo(Endpoint name, InetSocketAddress remote, ByteBuffer payload) {
        UdpRoute way;
        try {
            DatagramChannel open = channel == null ? open() : channel;
            if (peers.remote(name) == null) {
                if (isItself(open, remote)) {
                    onRefused(name);
                    return;
                }
                meet(open, name, remote);
            }
            if (!payload.hasRemaining() && connectedTo != null) {
                disconnect(open); // a connected DatagramChannel takes an empty datagram and does not send it
            }
            UdpRoute last = lastRoute;
            boolean connected = connectedTo != null;
            way = last != null && last.isTo(name, remote, connected)
                    ? last
                    : new UdpRoute(name, remote, open, connected);
        } catch (IOException | UnsupportedAddressTypeException e) {
            onUnreachable(name);
            return;
        }
        lastRoute = way;
        transmit(way, payload);
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
            namespace.locked(now -> mapping.remove());
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
        lastSource = null; // it may have another name now
    }

    /** Whether the remote is this very socket, so that nobody listens there; what it sends it would hear. */
    private boolean isItself(DatagramChannel open, InetSocketAddress remote) {
        return open.socket().getLocalPort() == remote.getPort()
                && namespace
                        .stack()
                        .destinations()
                        .isOfHost(IpAddress.of(remote.getAddress()).unmapped());
    }

    private void disconnect(DatagramChannel open) throws IOException {
        open.disconnect();
        connectedTo = null;
    }

    /** What the guest calls the source of a datagram; null if it is nobody whom the guest hears. */
    @SuppressWarnings("ReferenceEquality") // a channel gives the same object for the same source; others are looked up
    private @Nullable Endpoint nameOf(InetSocketAddress source) {
        if (source == lastSource) {
            return lastName;
        }
        Endpoint name = peers.name(source);
        if (name == null && namespace.stack().config().udpFiltering() == UdpFiltering.ENDPOINT_INDEPENDENT) {
            name = new Endpoint(IpAddress.of(source.getAddress()).unmapped(), source.getPort());
        }
        if (name != null && name.address().family() != guest.address().family()) {
            name = null;
        }
        lastSource = source;
        lastName = name;
        return name;
    }

    private void onPortClosed() {
        InetSocketAddress remote = connectedTo;
        Endpoint name = remote == null ? null : peers.name(remote);
        if (name != null) {
            onRefused(name);
        }
    }
}
