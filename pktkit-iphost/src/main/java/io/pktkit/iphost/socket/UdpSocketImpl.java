// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.iphost.DatagramQueue;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is behind a {@link java.net.DatagramSocket} of a virtual host. Options that are set before it is bound take effect then. Any
 * thread.
 */
public final class UdpSocketImpl extends DatagramSocketImpl {
    private static final IpAddress ANY = IpAddress.unspecified(IpFamily.IPV4);

    private static final Map<SocketOption<?>, Integer> OPTIONS = Map.of(
            StandardSocketOptions.SO_RCVBUF, SocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF, SocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_REUSEADDR, SocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_BROADCAST, SocketOptions.SO_BROADCAST,
            StandardSocketOptions.IP_TOS, SocketOptions.IP_TOS,
            StandardSocketOptions.IP_MULTICAST_TTL, Option.MULTICAST_HOPS);

    /** Numbers of options that {@link SocketOptions} has none for. */
    private static final class Option {
        static final int MULTICAST_HOPS = 0x10000;
    }

    /** What a packet had room for, and how much of it was filled: its length tells both, in turn. */
    private record Room(int room, int filled) {}

    private final HostShell shell;
    private final Map<DatagramPacket, Room> rooms = Collections.synchronizedMap(new WeakHashMap<>());

    /** Those that it is a member of, and those that a thread is joining. Both are guarded by the first. */
    private final Set<IpAddress> groups = new HashSet<>();

    private final Set<IpAddress> joining = new HashSet<>();

    private volatile @Nullable UdpEndpoint endpoint;
    private volatile UdpEndpoint.@Nullable Received peeked;
    private volatile boolean closed;

    /** A thread that could not bind it: the JDK's own sockets can then be bound elsewhere, and those over this are closed. */
    private volatile @Nullable Thread unbound;

    private volatile int timeoutMillis;
    private volatile int sendBuffer = DatagramQueue.MAX_BYTES;
    private volatile int receiveBuffer = DatagramQueue.MAX_BYTES;
    private volatile boolean reuseAddress;
    private volatile boolean broadcast = true; // as the JDK's
    private volatile int trafficClass;
    private volatile int multicastHops = 1;

    /**
     * What is behind a socket that is not bound.
     *
     * @param shell the host
     */
    public UdpSocketImpl(HostShell shell) {
        this.shell = shell;
    }

    /**
     * The port with its queue.
     *
     * @return the endpoint of a socket that is bound
     * @throws SocketException if it is not, or closed
     */
    public UdpEndpoint endpoint() throws SocketException {
        UdpEndpoint bound = endpoint;
        if (bound == null) {
            throw new SocketException(closed ? "socket closed" : "socket is not bound");
        }
        return bound;
    }

    /** {@return whether it is closed, or its host} */
    public boolean isClosed() {
        UdpEndpoint bound = endpoint;
        return closed || (bound != null && bound.isClosed());
    }

    /**
     * Fails where there is no address to send from, as long as the socket is open.
     *
     * @param address where to
     * @throws SocketException if there is none
     */
    public void requireWay(InetAddress address) throws SocketException {
        shell.enter();
        try {
            if (!closed && !shell.host().isClosed()) {
                shell.host().sourceFor(IpAddress.of(address));
            }
        } finally {
            shell.leave();
        }
    }

    /** {@return how many datagrams wait} */
    public int queued() {
        UdpEndpoint bound = endpoint;
        return bound == null ? 0 : bound.queued();
    }

    /** {@return how many datagrams were dropped for want of room} */
    public long dropped() {
        UdpEndpoint bound = endpoint;
        return bound == null ? 0 : bound.dropped();
    }

    @Override
    protected void create() throws SocketException {
        shell.enter();
        try {
            shell.checkOpen();
        } finally {
            shell.leave();
        }
    }

    @Override
    protected void bind(int port, InetAddress address) throws SocketException {
        IpAddress own = address.isAnyLocalAddress() ? null : IpAddress.of(address);
        UdpEndpoint opened;
        try {
            opened = UdpEndpoint.open(shell, own, port);
        } catch (SocketException e) {
            unbound = Thread.currentThread();
            throw e;
        }
        endpoint = opened; // before the look whether it is closed, which a close does the other way round
        if (closed) {
            opened.close();
            throw new SocketException("socket closed");
        }
        localPort = opened.port();
        applyOptions(opened);
    }

    private void applyOptions(UdpEndpoint to) {
        to.configure(receiveBuffer, trafficClass, multicastHops);
    }

    @Override
    protected void connect(InetAddress address, int port) throws SocketException {
        endpoint().connectTo(IpAddress.of(address), port);
    }

    @Override
    protected void disconnect() {
        UdpEndpoint bound = endpoint;
        if (bound != null) {
            bound.disconnect();
        }
    }

    @Override
    protected void send(DatagramPacket packet) throws IOException {
        IpAddress to = IpAddress.of(packet.getAddress());
        if (!broadcast && shell.isBroadcast(to)) {
            throw new SocketException("not allowed to send to " + to + ": SO_BROADCAST is off");
        }
        ByteBuffer payload = ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength());
        endpoint().send(to, packet.getPort(), payload);
    }

    @Override
    protected int peek(InetAddress into) throws IOException {
        throw new SocketException("what is next is told by peekData"); // an address cannot be changed into another
    }

    @Override
    protected int peekData(DatagramPacket packet) throws IOException {
        UdpEndpoint.Received next = peeked;
        if (next == null) {
            next = await();
            peeked = next;
        }
        fill(packet, next);
        return next.sourcePort();
    }

    @Override
    protected void receive(DatagramPacket packet) throws IOException {
        UdpEndpoint.Received next = peeked;
        peeked = null;
        fill(packet, next == null ? await() : next);
    }

    private UdpEndpoint.Received await() throws IOException {
        int millis = timeoutMillis;
        long deadline =
                millis == 0 ? Timers.NEVER : Timers.after(shell.nowNanos(), TimeUnit.MILLISECONDS.toNanos(millis));
        UdpEndpoint.Received received = endpoint().receive(deadline);
        if (received == null) {
            throw new SocketTimeoutException("no datagram within " + millis + " ms");
        }
        return received;
    }

    /**
     * A packet's length is what was received once it was used, and what there is room for when it is used again: the JDK's own
     * sockets have a field of their own for the latter, which others cannot see.
     */
    private void fill(DatagramPacket packet, UdpEndpoint.Received received) {
        byte[] payload = received.payload();
        int said = packet.getLength();
        Room before = rooms.get(packet);
        int inArray = packet.getData().length - packet.getOffset();
        int room = before != null && before.filled() == said ? Math.min(before.room(), inArray) : said;
        int filled = Math.min(payload.length, room);
        System.arraycopy(payload, 0, packet.getData(), packet.getOffset(), filled);
        packet.setLength(filled);
        packet.setAddress(received.source().toInetAddress());
        packet.setPort(received.sourcePort());
        rooms.put(packet, new Room(room, filled));
    }

    @Override
    protected void close() {
        if (Thread.currentThread().equals(unbound)) {
            unbound = null;
            return;
        }
        closed = true;
        UdpEndpoint bound = endpoint;
        if (bound != null) {
            bound.close();
        }
        Set<IpAddress> joined;
        synchronized (groups) {
            joined = Set.copyOf(groups);
            groups.clear();
        }
        joined.forEach(group -> shell.host().addresses().leave(group));
    }

    @Override
    protected void joinGroup(SocketAddress group, @Nullable NetworkInterface networkInterface) throws IOException {
        IpAddress address = group(group, networkInterface);
        synchronized (groups) {
            if (closed) {
                throw new SocketException("socket closed");
            }
            if (groups.contains(address) || !joining.add(address)) {
                throw new SocketException("already a member of group " + address);
            }
        }
        shell.host().addresses().join(address); // tells others, so without a lock
        synchronized (groups) {
            joining.remove(address);
            if (!closed) {
                groups.add(address);
                return;
            }
        }
        shell.host().addresses().leave(address); // a close that came meanwhile did not know of it
        throw new SocketException("socket closed");
    }

    @Override
    protected void leaveGroup(SocketAddress group, @Nullable NetworkInterface networkInterface) throws IOException {
        IpAddress address = group(group, networkInterface);
        synchronized (groups) {
            if (!groups.remove(address)) {
                throw new SocketException("not a member of group " + address);
            }
        }
        shell.host().addresses().leave(address);
    }

    private static IpAddress group(SocketAddress group, @Nullable NetworkInterface networkInterface)
            throws SocketException {
        if (networkInterface != null) {
            throw new SocketException("an interface of this machine leads nowhere near the virtual network: "
                    + networkInterface.getName() + "; give null");
        }
        if (!(group instanceof InetSocketAddress socketAddress) || socketAddress.isUnresolved()) {
            throw new SocketException("not a resolved address: " + group);
        }
        IpAddress address = IpAddress.of(socketAddress.getAddress());
        if (!address.isMulticast()) {
            throw new SocketException("not a multicast address: " + address);
        }
        return address;
    }

    @Override
    protected void join(InetAddress group) throws IOException {
        joinGroup(new InetSocketAddress(group, 0), null);
    }

    @Override
    protected void leave(InetAddress group) throws IOException {
        leaveGroup(new InetSocketAddress(group, 0), null);
    }

    @Override
    @Deprecated
    @SuppressWarnings("InlineMeSuggester") // of the JDK, as is the one that it stands for
    protected void setTTL(byte hops) throws IOException {
        setTimeToLive(hops & 0xFF);
    }

    @Override
    @Deprecated
    protected byte getTTL() {
        return (byte) multicastHops;
    }

    @Override
    protected void setTimeToLive(int hops) throws IOException {
        set(Option.MULTICAST_HOPS, hops);
    }

    @Override
    protected int getTimeToLive() {
        return multicastHops;
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        set(number(option), value);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        return (T) getOption(number(option));
    }

    private static int number(SocketOption<?> option) {
        Integer number = OPTIONS.get(option);
        if (number == null) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
        return number;
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return OPTIONS.keySet();
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        set(option, value);
    }

    private void set(int option, Object value) throws SocketException {
        switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis = (Integer) value;
            case SocketOptions.SO_SNDBUF -> sendBuffer = clamp(option, (Integer) value);
            case SocketOptions.SO_RCVBUF -> receiveBuffer = clamp(option, (Integer) value);
            case SocketOptions.SO_REUSEADDR -> reuseAddress = (Boolean) value;
            case SocketOptions.SO_BROADCAST -> broadcast = (Boolean) value;
            case SocketOptions.IP_TOS -> trafficClass = octet("IP_TOS", (Integer) value);
            case Option.MULTICAST_HOPS -> multicastHops = octet("IP_MULTICAST_TTL", (Integer) value);
            default -> throw new SocketException("option not supported: option=" + option);
        }
        UdpEndpoint bound = endpoint;
        if (bound != null) {
            applyOptions(bound);
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        return switch (option) {
            case SocketOptions.SO_TIMEOUT -> timeoutMillis;
            case SocketOptions.SO_SNDBUF -> sendBuffer;
            case SocketOptions.SO_RCVBUF -> receiveBuffer;
            case SocketOptions.SO_REUSEADDR -> reuseAddress;
            case SocketOptions.SO_BROADCAST -> broadcast;
            case SocketOptions.IP_TOS -> trafficClass;
            case Option.MULTICAST_HOPS -> multicastHops;
            case SocketOptions.SO_BINDADDR -> boundAddress().toInetAddress();
            default -> throw new SocketException("option not supported: option=" + option);
        };
    }

    private IpAddress boundAddress() {
        UdpEndpoint bound = endpoint;
        IpAddress address = bound == null ? null : bound.localAddress();
        return address == null ? ANY : address;
    }

    private static int clamp(int option, int size) {
        if (size < 0) {
            throw new IllegalArgumentException("size must not be negative: option=" + option + " size=" + size);
        }
        return Math.max(DatagramQueue.MIN_BYTES, Math.min(size, DatagramQueue.MAX_BYTES));
    }

    private static int octet(String name, int value) {
        if (value < 0 || value > 255) {
            throw new IllegalArgumentException(name + " must be in [0, 255]: value=" + value);
        }
        return value;
    }
}
