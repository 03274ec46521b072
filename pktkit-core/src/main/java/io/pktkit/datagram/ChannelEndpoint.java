// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint over channels that never block.
 *
 * <p>In non-blocking mode a channel is not closed by an interrupt of a thread that uses it, and one thread's interrupt
 * must not take the port from all others. A selector returns at once for an interrupted thread, so the interrupt is put
 * aside while waiting.
 */
final class ChannelEndpoint extends AbstractDatagramEndpoint {

    /** Datagrams at most between two looks at what else the receiver is asked to do. */
    private static final int BURST = 64;

    /** Errors in a row after which a socket counts as broken; a call that finds nothing shows that it is not. */
    private static final int MAX_ERRORS = 64;

    private final Map<IpFamily, DatagramChannel> channels;
    private final Map<IpFamily, IpAddress> addresses = new EnumMap<>(IpFamily.class);
    private final DatagramChannel[] distinct;
    private final Selector selector;
    private final int port;
    private final int largest;
    private final String description;
    private final PeerAddresses peers = new PeerAddresses();

    /** Of the receiver. One byte more than the longest datagram: who fills it was longer. */
    private final ByteBuffer buffer;

    private final Datagram datagram = new Datagram();
    private @Nullable SocketAddress lastSource;
    private boolean lastUsable;
    private final int[] errors;
    private boolean interrupted;

    ChannelEndpoint(DatagramConfig config, Map<IpFamily, DatagramChannel> channels) throws IOException {
        super(config.maxBatches());
        this.channels = channels;
        Set<DatagramChannel> each = new LinkedHashSet<>(channels.values());
        distinct = each.toArray(DatagramChannel[]::new);
        errors = new int[distinct.length];
        for (IpFamily family : channels.keySet()) {
            addresses.put(family, config.addresses().getOrDefault(family, IpAddress.unspecified(family)));
        }
        port = ChannelProvider.localPort(distinct[0]);
        largest = config.largestDatagram();
        buffer = ByteBuffer.allocateDirect(largest + 1);
        description = describe(distinct[0]);
        selector = Selector.open();
        for (DatagramChannel channel : distinct) {
            channel.register(selector, SelectionKey.OP_READ);
        }
    }

    @Override
    public @Nullable IpAddress localAddress(IpFamily family) {
        return addresses.get(family);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Set<DatagramFeature> features() {
        boolean known = addresses.values().stream().noneMatch(IpAddress::isUnspecified);
        return known ? Set.of(DatagramFeature.LOCAL_ADDRESS) : Set.of();
    }

    @Override
    public boolean setSegmentation(boolean wanted) {
        return false;
    }

    @Override
    public String describe() {
        return description;
    }

    private String describe(DatagramChannel channel) throws IOException {
        StringJoiner bound = new StringJoiner(" and ");
        addresses.values().forEach(address -> bound.add(ChannelProvider.text(address)));
        return "portable UDP on " + bound + " port " + port + ", a call a datagram, buffers "
                + (channel.getOption(StandardSocketOptions.SO_RCVBUF) >> 10) + " KiB in, "
                + (channel.getOption(StandardSocketOptions.SO_SNDBUF) >> 10) + " KiB out";
    }

    @Override
    protected DatagramBatch newBatch() {
        return new ChannelBatch();
    }

    @Override
    protected boolean reaches(boolean isIpv4) {
        return channels.containsKey(isIpv4 ? IpFamily.IPV4 : IpFamily.IPV6);
    }

    @Override
    protected int drain() throws IOException {
        int taken = 0;
        for (int i = 0; i < distinct.length; i++) {
            int left = BURST;
            while (left > 0) {
                int result = receiveOne(i);
                if (result < 0) {
                    break;
                }
                taken += result;
                left--;
            }
        }
        return taken;
    }

    /** Receives one: 1 if the handler took it, 0 if it was dropped, -1 if there is none. */
    private int receiveOne(int index) throws IOException {
        SocketAddress source;
        buffer.clear();
        try {
            source = distinct[index].receive(buffer);
        } catch (ClosedChannelException closed) {
            if (isClosed()) {
                return -1;
            }
            throw closed;
        } catch (IOException told) {
            count(DatagramCounter.RECEIVE_ERRORS, 1);
            if (++errors[index] > MAX_ERRORS) {
                throw told;
            }
            return 0;
        }
        errors[index] = 0;
        if (source == null) {
            return -1;
        }
        count(DatagramCounter.RECEIVE_CALLS, 1);
        int length = buffer.position();
        buffer.clear();
        if (!from(source)) {
            stats().receiveDropped(DropReason.FILTERED);
            return 0;
        }
        if (length > largest) {
            stats().receiveDropped(DropReason.TRUNCATED);
            return 0;
        }
        return deliver(datagram.payload(buffer, 0, length));
    }

    /** Whether the source is of a family that was asked for: an IPv6 socket of the JDK carries IPv4 too. */
    @SuppressWarnings("ReferenceEquality") // a channel gives the same object for the same source; others are read anew
    private boolean from(SocketAddress source) {
        if (source != lastSource) {
            lastSource = source;
            InetSocketAddress inet = (InetSocketAddress) source;
            IpAddress address = IpAddress.of(inet.getAddress());
            int scope = inet.getAddress() instanceof Inet6Address scoped ? scoped.getScopeId() : 0;
            IpAddress local = addresses.get(address.family());
            lastUsable = local != null;
            datagram.remote(address.isIpv4(), address.high(), address.low(), scope, inet.getPort());
            datagram.local(local == null ? 0 : local.high(), local == null ? 0 : local.low(), 0);
        }
        return lastUsable;
    }

    @Override
    protected void awaitReadable() throws IOException {
        interrupted |= Thread.interrupted();
        selector.select(ChannelEndpoint::noteReady);
    }

    /** Which channel is ready is found by reading: all are tried. This way the selector keeps no set of them. */
    private static void noteReady(SelectionKey key) {}

    /** Gives back an interrupt that came while receiving, for who looks for it afterwards. */
    @Override
    protected void received() {
        if (interrupted) {
            interrupted = false;
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void wakeReceiver() {
        selector.wakeup();
    }

    @Override
    protected void release() {
        ChannelProvider.closeAll(channels);
        try {
            selector.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Datagrams that leave one by one. */
    private final class ChannelBatch extends DatagramBatch {

        private final ByteBuffer view = buffer().duplicate();

        ChannelBatch() {
            super(ChannelEndpoint.this);
        }

        @Override
        protected int transmit() {
            int sent = 0;
            for (int i = 0; i < size(); i++) {
                sent += sendOne(path(i), offset(i), length(i));
            }
            return sent;
        }

        private int sendOne(DatagramPath to, int offset, int length) {
            DatagramChannel channel = channels.get(to.family());
            if (channel == null) {
                stats().sendDropped(DropReason.NO_ROUTE);
                return 0;
            }
            DropReason problem;
            try {
                problem = trySend(channel, to, offset, length);
            } catch (PortUnreachableException earlier) {
                problem = sendAgain(channel, to, offset, length);
            } catch (IOException failure) {
                problem = reason(failure);
            }
            if (problem != null) {
                stats().sendDropped(problem);
                return 0;
            }
            stats().sent(length);
            return 1;
        }

        /** An ICMP error about an earlier datagram is told to the next call, whoever that sends to. */
        private @Nullable DropReason sendAgain(DatagramChannel channel, DatagramPath to, int offset, int length) {
            count(DatagramCounter.ERROR_RETRIES, 1);
            try {
                return trySend(channel, to, offset, length);
            } catch (IOException failure) {
                return reason(failure);
            }
        }

        private @Nullable DropReason trySend(DatagramChannel channel, DatagramPath to, int offset, int length)
                throws IOException {
            view.limit(offset + length).position(offset);
            count(DatagramCounter.SEND_CALLS, 1);
            // 0 is also what an empty datagram gives that was sent.
            int taken = channel.send(view, peers.of(to));
            return taken == 0 && length > 0 ? DropReason.QUEUE_FULL : null;
        }

        private DropReason reason(IOException failure) {
            if (failure instanceof ClosedChannelException) {
                return DropReason.CLOSED;
            }
            return failure instanceof NoRouteToHostException || failure instanceof PortUnreachableException
                    ? DropReason.UNREACHABLE
                    : DropReason.IO_ERROR;
        }
    }
}
