// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.ZeroCopy;
import io.pktkit.afxdp.internal.ring.ConsumerRing;
import io.pktkit.afxdp.internal.ring.Layout;
import io.pktkit.afxdp.internal.ring.ProducerRing;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.MappedMemory;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.XdpSocket;
import io.pktkit.nativeio.XdpSocket.RingKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The socket of one queue with its memory and rings, bound. The rings belong to {@link QueueReceiver} and {@link
 * QueueSender}; to close is for whoever knows that neither runs any more.
 */
public final class QueueSocket implements AutoCloseable {

    /** How long the queue of a process that has just ended may stay taken. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

    /**
     * How long one that this process has given up may. The kernel frees it on a thread of its own, after grace periods of RCU,
     * which have to wait for their turn, too: seconds on a machine whose processors have sixteen others to run.
     */
    private static final long OWN_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long BUSY_PAUSE_NANOS = 2_000_000;

    /** The queues that this process has given up and not taken again, of the last while, and when. */
    private static final Map<Long, Long> GIVEN_UP = new ConcurrentHashMap<>();

    private final XdpSocket socket;
    private final int queue;
    private final List<MappedMemory> mapped = new ArrayList<>();
    private final ByteBuffer chunks;
    private final ProducerRing fill;
    private final ProducerRing transmit;
    private final ConsumerRing received;
    private final ConsumerRing completed;
    private final boolean zeroCopy;
    private final long key;
    private boolean bound;

    private QueueSocket(AfXdpConfig config, LinkInfo link, int queue, XdpSocket socket) throws IOException {
        this.socket = socket;
        this.queue = queue;
        this.key = (long) link.index() << 32 | queue;
        int entries = config.ringSize();
        try {
            MappedMemory memory = keep(MappedMemory.anonymous(2 * entries * config.chunkSize()));
            chunks = memory.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
            register(memory, config.chunkSize());
            fill = new ProducerRing(ring(RingKind.FILL, entries));
            completed = new ConsumerRing(ring(RingKind.COMPLETION, entries));
            received = new ConsumerRing(ring(RingKind.RX, entries));
            transmit = new ProducerRing(ring(RingKind.TX, entries));
            socket.setSendBudget(entries, entries * config.chunkSize());
            for (int i = 0; i < entries; i++) {
                fill.put((long) i * config.chunkSize());
            }
            fill.submit();
            bind(config, link);
            bound = true;
            GIVEN_UP.remove(key);
            zeroCopy = socket.isZeroCopy();
            if (config.zeroCopy() == ZeroCopy.REQUIRE && !zeroCopy) {
                throw new IOException("queue " + queue + " of " + link.name()
                        + " is bound, and the kernel says that it copies: do without zero-copy");
            }
            busyPoll(config);
        } catch (IOException | RuntimeException | Error failure) {
            close();
            throw failure;
        }
    }

    /**
     * Opens the socket of a queue, in the namespace of the calling thread.
     *
     * @param config the sizes, and what is wanted
     * @param link the interface
     * @param queue the queue's number
     * @return the socket, to which nothing leads yet
     * @throws IOException when the kernel refuses, naming the remedy; nothing is left then
     */
    public static QueueSocket open(AfXdpConfig config, LinkInfo link, int queue) throws IOException {
        try {
            return new QueueSocket(config, link, queue, XdpSocket.open());
        } catch (NativeIoException failure) {
            if (!failure.call().startsWith("socket(")) {
                throw failure;
            }
            String remedy = switch (failure.errno()) {
                case Errno.EPERM, Errno.EACCES ->
                    "run as root or give the process CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON, in a service unit"
                            + " AmbientCapabilities=; setcap on java itself makes it lose its libraries";
                case Errno.EAFNOSUPPORT -> "this kernel was built without AF_XDP (CONFIG_XDP_SOCKETS)";
                default -> Errno.remedy(failure.errno());
            };
            throw new NativeIoException("open an AF_XDP socket for " + link.name(), failure.errno(), remedy);
        }
    }

    private void register(MappedMemory memory, int chunkSize) throws NativeIoException {
        int result = socket.registerMemory(memory, chunkSize);
        if (result < 0) {
            String remedy = switch (-result) {
                case Errno.ENOBUFS ->
                    "the limit of locked memory is lower: raise it (ulimit -l unlimited, LimitMEMLOCK=infinity in a"
                            + " unit), give the process CAP_IPC_LOCK, or make the rings smaller";
                case Errno.EINVAL -> "a chunk has 2048 bytes or a page: chunkSize=" + chunkSize;
                default -> Errno.remedy(-result);
            };
            throw new NativeIoException("pin " + memory.size() + " bytes for an AF_XDP socket", -result, remedy);
        }
    }

    private Layout ring(RingKind kind, int entries) throws NativeIoException {
        XdpSocket.Ring ring = socket.createRing(kind, entries);
        MappedMemory memory = keep(ring.memory());
        return new Layout(
                memory.buffer(),
                entries,
                ring.producer(),
                ring.consumer(),
                ring.flags(),
                ring.first(),
                kind.entrySize());
    }

    private MappedMemory keep(MappedMemory memory) {
        mapped.add(memory);
        return memory;
    }

    /**
     * Asks for zero-copy first, by name: with neither flag some drivers do neither. NEED_WAKEUP is unknown before Linux 5.4,
     * which refuses it.
     */
    private void bind(AfXdpConfig config, LinkInfo link) throws NativeIoException {
        int[] attempts = switch (config.zeroCopy()) {
            case AUTO ->
                new int[] {
                    XdpSocket.ZEROCOPY | XdpSocket.USE_NEED_WAKEUP,
                    XdpSocket.COPY | XdpSocket.USE_NEED_WAKEUP,
                    XdpSocket.COPY
                };
            case REQUIRE -> new int[] {XdpSocket.ZEROCOPY | XdpSocket.USE_NEED_WAKEUP, XdpSocket.ZEROCOPY};
            case OFF -> new int[] {XdpSocket.COPY | XdpSocket.USE_NEED_WAKEUP, XdpSocket.COPY};
        };
        int result = 0;
        for (int flags : attempts) {
            result = bindPatiently(link, flags);
            if (result >= 0) {
                return;
            }
            if (result == -Errno.EBUSY || result == -Errno.ENODEV || result == -Errno.ENETDOWN) {
                break;
            }
        }
        String remedy = switch (-result) {
            case Errno.EBUSY -> "another AF_XDP socket has this queue: close it, or choose other queues";
            case Errno.EOPNOTSUPP, Errno.EINVAL ->
                config.zeroCopy() == ZeroCopy.REQUIRE
                        ? "its driver cannot give its queues to a socket: do without zero-copy"
                        : "there is no such queue, or the driver cannot: ethtool -l " + link.name()
                                + " shows the queues";
            case Errno.ENETDOWN -> "bring it up first: ip link set " + link.name() + " up";
            default -> Errno.remedy(-result);
        };
        throw new NativeIoException("bind to queue " + queue + " of " + link.name(), -result, remedy);
    }

    /** The kernel frees the queue of a socket that was closed a while after the close. */
    private int bindPatiently(LinkInfo link, int flags) {
        long begun = System.nanoTime(); // the kernel's time is real
        int result = socket.bind(link.index(), queue, flags);
        while (result == -Errno.EBUSY && System.nanoTime() - begun < patience()) {
            LockSupport.parkNanos(BUSY_PAUSE_NANOS);
            result = socket.bind(link.index(), queue, flags);
        }
        return result;
    }

    /** Asked again and again: a device that was closed by its own handler gives its queues up a moment later. */
    private long patience() {
        Long givenUp = GIVEN_UP.get(key);
        boolean ours = givenUp != null && System.nanoTime() - givenUp < OWN_PATIENCE_NANOS;
        return ours ? OWN_PATIENCE_NANOS : PATIENCE_NANOS;
    }

    private void busyPoll(AfXdpConfig config) throws NativeIoException {
        if (config.busyPollMicros() > 0) {
            int result = socket.busyPoll(config.busyPollMicros(), config.busyPollBudget());
            if (result < 0) {
                throw new NativeIoException(
                        "poll a driver busily for " + config.busyPollMicros() + " us",
                        -result,
                        result == -Errno.ENOPROTOOPT
                                ? "this kernel is older than 5.11, do without"
                                : Errno.remedy(-result));
            }
        }
    }

    /** {@return the queue's number} */
    public int queue() {
        return queue;
    }

    /** {@return whether the driver uses our memory, as the kernel says} */
    public boolean isZeroCopy() {
        return zeroCopy;
    }

    /** {@return the socket itself} */
    public XdpSocket socket() {
        return socket;
    }

    /** All chunks, big-endian; the first half is for receiving. */
    ByteBuffer chunks() {
        return chunks;
    }

    ProducerRing fill() {
        return fill;
    }

    ProducerRing transmit() {
        return transmit;
    }

    ConsumerRing received() {
        return received;
    }

    ConsumerRing completed() {
        return completed;
    }

    /** The rings keep the socket alive while they are mapped, thus all of it goes here. Idempotent. */
    @Override
    public void close() {
        socket.close();
        mapped.forEach(MappedMemory::close);
        if (bound) {
            long now = System.nanoTime();
            GIVEN_UP.values().removeIf(at -> now - at >= OWN_PATIENCE_NANOS);
            GIVEN_UP.put(key, now);
        }
    }
}
