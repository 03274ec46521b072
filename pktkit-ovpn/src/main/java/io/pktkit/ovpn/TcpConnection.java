// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.session.DataPlane;
import io.pktkit.ovpn.internal.session.SessionEvent;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Alarm;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection of a client. Each packet has its length before it (2). What does not fit into the socket waits, up to 64
 * packets, and what is more is dropped, as a full link does; a packet that is begun is always finished, or the stream would
 * be lost.
 */
final class TcpConnection implements Transport {

    /** tcp-queue-limit. */
    private static final int MOST_WAITING = 64;

    /** Control packets at most that the control thread has not come to. */
    private static final int MOST_UNREAD = 32;

    private static final int LENGTH_FIELD = 2;

    /** The longest packet of a client that is not in. */
    private static final int MAX_CONTROL = 2048;

    private final ServerCore core;
    private final SocketChannel channel;
    private final InetSocketAddress remote;
    private final Alarm deadline;
    private final TcpPort port;
    private @Nullable SelectionKey selection;
    private volatile @Nullable ClientLink link;
    private volatile boolean closed;

    /** Of the selecting thread. */
    private ByteBuffer input = ByteBuffer.allocate(LENGTH_FIELD + MAX_CONTROL);

    private final AtomicInteger unread = new AtomicInteger();

    /** Guarded by this. */
    private final ArrayDeque<ByteBuffer> waiting = new ArrayDeque<>();

    TcpConnection(ServerCore core, TcpPort port, SocketChannel channel, InetSocketAddress remote) {
        this.core = core;
        this.channel = channel;
        this.remote = remote;
        this.port = port;
        this.deadline = core.timers().newAlarm(this::closeWithoutSession);
    }

    void register(SelectionKey key, long deadlineNanos) {
        selection = key;
        deadline.arm(deadlineNanos);
    }

    /** A session ends by itself, and its connection with it; it may wait longer, for a verdict that was announced. */
    private void closeWithoutSession() {
        if (link == null) {
            close();
        }
    }

    boolean isIn() {
        ClientLink its = link;
        return its != null && its.isIn();
    }

    /** Reads what is there, on the selecting thread. */
    void read(DataReceiver data) {
        try {
            int count = channel.read(input);
            if (count < 0) {
                close();
                return;
            }
        } catch (IOException e) {
            close();
            return;
        }
        input.flip();
        int at = 0;
        while (input.limit() - at >= LENGTH_FIELD && !closed) {
            int length = input.getShort(at) & 0xffff;
            if (length == 0 || (length > MAX_CONTROL && !isIn())) {
                core.drop(OvpnDrop.MALFORMED);
                close();
                return;
            }
            if (input.limit() - at - LENGTH_FIELD < length) {
                grow(LENGTH_FIELD + length);
                break;
            }
            packet(data, at + LENGTH_FIELD, length);
            at += LENGTH_FIELD + length;
        }
        input.position(at);
        input.compact();
    }

    /** A longer packet comes: one that is in may send 64 KiB. */
    private void grow(int needed) {
        if (input.capacity() < needed) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, 16 << 10));
            larger.put(input.duplicate());
            larger.position(0).limit(input.limit());
            input = larger;
        }
    }

    private void packet(DataReceiver data, int at, int length) {
        int opcode = Opcode.of(input.get(at));
        if (Opcode.isData(opcode)) {
            data.receive(link, input, at, length);
        } else if (Opcode.isControl(opcode) && length <= MAX_CONTROL) {
            byte[] bytes = new byte[length];
            input.get(at, bytes);
            if (!offer(bytes)) {
                core.drop(OvpnDrop.QUEUE_FULL);
                if (link == null) {
                    close();
                }
            }
        } else {
            core.drop(OvpnDrop.MALFORMED);
        }
    }

    /**
     * Leaves a packet to the control thread, of each connection a few. One that is dropped comes again, as the reliable layer
     * repeats over TCP, too; so a flood by others ends nobody's session.
     */
    private boolean offer(byte[] packet) {
        if (unread.get() >= MOST_UNREAD) {
            return false;
        }
        unread.incrementAndGet();
        boolean taken = core.worker()
                .offer(
                        () -> {
                            unread.decrementAndGet();
                            core.onControl(this, packet);
                        },
                        link == null);
        if (!taken) {
            unread.decrementAndGet();
        }
        return taken;
    }

    @Override
    public boolean send(byte[] packet) {
        ByteBuffer framed = ByteBuffer.allocate(LENGTH_FIELD + packet.length);
        framed.putShort((short) packet.length).put(packet).flip();
        return queue(framed, true);
    }

    @Override
    public boolean sendData(DataPlane plane, ByteBuffer from, int offset, int length, int trafficClass, long nowNanos) {
        ByteBuffer framed = ByteBuffer.allocate(LENGTH_FIELD + length + DataKey.MAX_OVERHEAD);
        int sealed = plane.seal(from, offset, length, framed, LENGTH_FIELD, nowNanos);
        if (sealed < 0 || sealed > 0xffff) {
            return false;
        }
        framed.putShort(0, (short) sealed).limit(LENGTH_FIELD + sealed);
        return queue(framed, false);
    }

    private boolean queue(ByteBuffer framed, boolean control) {
        boolean broken = false;
        synchronized (this) {
            // Control packets are repeated by nobody over TCP, so there is a little more room for them.
            if (closed || waiting.size() >= (control ? 2 * MOST_WAITING : MOST_WAITING)) {
                return false;
            }
            waiting.add(framed);
            if (waiting.size() == 1) {
                broken = !writeWaiting();
            }
        }
        if (broken) {
            close();
        }
        return !broken;
    }

    /** Writes on, on the selecting thread. */
    void write() {
        boolean broken;
        synchronized (this) {
            broken = !writeWaiting();
        }
        if (broken) {
            close();
        }
    }

    private boolean writeWaiting() {
        try {
            for (ByteBuffer next = waiting.peek(); next != null; next = waiting.peek()) {
                channel.write(next);
                if (next.hasRemaining()) {
                    break;
                }
                waiting.remove();
            }
            SelectionKey key = selection;
            if (key != null && key.isValid()) {
                int wanted = waiting.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
                if (key.interestOps() != wanted) {
                    key.interestOps(wanted);
                    key.selector().wakeup();
                }
            }
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    @Override
    public Object address() {
        return this;
    }

    @Override
    public Object source() {
        IpAddress address = IpAddress.of(remote.getAddress()).unmapped();
        return IpPrefix.of(address, address.isIpv4() ? 32 : 64).network();
    }

    @Override
    public String remoteAddress() {
        IpAddress address = IpAddress.of(remote.getAddress());
        return (address.isIpv4() ? address : "[" + address + "]") + ":" + remote.getPort() + " (tcp)";
    }

    @Override
    public void attach(ClientLink its) {
        link = its;
        if (closed) {
            // It ended meanwhile, and told nobody, as there was nobody.
            core.worker().post(its, new SessionEvent.End());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            waiting.clear();
        }
        // For good: timers keep one that is only disarmed, and with it all this, until it would have gone off.
        deadline.close();
        try {
            channel.close();
        } catch (IOException e) {
            core.failed(e);
        }
        SelectionKey key = selection;
        if (key != null) {
            key.selector().wakeup();
        }
        port.remove(this);
        ClientLink its = link;
        if (its != null) {
            core.worker().post(its, new SessionEvent.End());
        }
    }
}
