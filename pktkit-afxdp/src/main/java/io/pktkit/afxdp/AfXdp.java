// SPDX-License-Identifier: MIT
package io.pktkit.afxdp;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.afxdp.internal.kernel.InterfaceWatch;
import io.pktkit.afxdp.internal.kernel.LoadedCapture;
import io.pktkit.afxdp.internal.kernel.XdpLink;
import io.pktkit.afxdp.internal.socket.PendingChecksum;
import io.pktkit.afxdp.internal.socket.QueueReader;
import io.pktkit.afxdp.internal.socket.QueueSocket;
import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.nativeio.Ethtool;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.NativePlatform;
import io.pktkit.nativeio.PacketSocket;
import io.pktkit.nativeio.XdpSocket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chosen addresses of an interface, as a device: what arrives for them comes to who is attached and to nobody else, what is
 * sent leaves by the interface. All other traffic stays the host's, which goes on using the interface.
 *
 * <p>Captures can be changed while it runs. See the package description for threads, for the memory that is shared with the
 * kernel, and for what happens when the interface goes.
 */
public final class AfXdp extends AbstractL2Device {

    /** What a header with two VLAN tags takes. */
    private static final int LONGEST_HEADER = Frame.HEADER_LENGTH + 8;

    private static final System.Logger LOG = System.getLogger(AfXdp.class.getName());

    private final AfXdpConfig config;
    private final InterfaceWatch watch;
    private final LoadedCapture capture;
    private final XdpLink link;
    private final QueueReader[] readers;
    private final boolean checksumsLeftOut;

    /** A socket that receives nothing, whose wish to be promiscuous ends with it. */
    private final @Nullable PacketSocket promiscuous;

    private final FailureLog failures = new FailureLog(AfXdp.class, "AF_XDP socket");

    /** By this array's lock: the counts of sockets that are closed now. */
    private final long[] finalStatistics = new long[XdpSocket.STATISTICS];

    private AfXdp(AfXdpConfig config, InterfaceWatch watch, List<AutoCloseable> opened) throws IOException {
        super(MacAddress.of(watch.link().macAddress()));
        this.config = config;
        this.watch = watch;
        LinkInfo at = watch.link();
        checkMtu(config, at);
        checksumsLeftOut = Ethtool.driver(at.name()).equals("veth");
        List<Integer> queues = queues(config);
        int highest = queues.get(queues.size() - 1);
        capture = keep(opened, LoadedCapture.load(sized(config.program(), highest + 1)));
        for (AfXdpConfig.Captured each : config.captured()) {
            capture.add(each.prefix(), each.rule());
        }
        readers = new QueueReader[queues.size()];
        for (int i = 0; i < readers.length; i++) {
            QueueSocket socket = QueueSocket.open(config, at, queues.get(i));
            QueueReader reader = new QueueReader(config, socket, i == 0 ? watch.changes() : null, new Intake());
            readers[i] = reader;
            opened.add(reader::release);
            capture.lead(queues.get(i), socket.socket());
        }
        if (config.promiscuous()) {
            promiscuous = keep(opened, PacketSocket.open());
            int result = promiscuous.addPromiscuous(at.index());
            if (result < 0) {
                throw new NativeIoException("receive frames for others on " + at.name(), -result);
            }
        } else {
            promiscuous = null;
        }
        // Last: from now on frames come, and there is a socket for each.
        link = keep(opened, XdpLink.attach(capture, at, config.mode(), config.pin()));
        followMtu(at);
    }

    /**
     * Opens sockets on an interface of the calling thread's network namespace, and leads what is captured to them.
     *
     * @param config the interface, and what is captured
     * @return the device; what arrives while nobody is attached is dropped
     * @throws IOException when this is not Linux, a privilege is missing, there is no such interface, its MTU does not fit a
     *     chunk, a queue or the place of the program is taken, or the driver cannot: naming the remedy; nothing is left
     *     behind then
     * @throws IllegalArgumentException if the capture may not hold a prefix
     */
    public static AfXdp open(AfXdpConfig config) throws IOException {
        NativePlatform.require("an AF_XDP socket");
        List<AutoCloseable> opened = new ArrayList<>();
        AfXdp device;
        try {
            device = new AfXdp(config, keep(opened, InterfaceWatch.open(config.interfaceName())), opened);
        } catch (IOException | RuntimeException | Error failure) {
            undo(opened, failure);
            throw failure;
        }
        try {
            for (QueueReader reader : device.readers) {
                reader.start();
            }
        } catch (Error noThread) {
            device.close();
            throw noThread;
        }
        return device;
    }

    /**
     * Takes a program off its interface that outlived its process by a {@link AfXdpConfig.Builder#pin pin}. Nothing happens
     * if there is no such pin.
     *
     * @param pin where it was pinned
     * @throws IOException when the file cannot be removed
     */
    public static void unpin(Path pin) throws IOException {
        XdpLink.unpin(pin);
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> opened, T one) {
        opened.add(one);
        return one;
    }

    private static void undo(List<AutoCloseable> opened, Throwable failure) {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception also) {
                failure.addSuppressed(also);
            }
        }
    }

    private static List<Integer> queues(AfXdpConfig config) throws IOException {
        if (!config.queues().isEmpty()) {
            return config.queues();
        }
        int count = Ethtool.receiveQueues(config.interfaceName());
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(i);
        }
        return all;
    }

    private static CaptureConfig sized(CaptureConfig program, int queues) {
        return program.maxQueues() >= queues ? program : program.withMaxQueues(queues);
    }

    private static int longestMtu(AfXdpConfig config) {
        return config.chunkSize() - XdpSocket.PACKET_HEADROOM - LONGEST_HEADER;
    }

    private static void checkMtu(AfXdpConfig config, LinkInfo at) throws IOException {
        if (at.mtu() > longestMtu(config)) {
            throw new IOException("the MTU of " + at.name() + " is " + at.mtu() + ", and a frame in a chunk of "
                    + config.chunkSize() + " bytes has at most " + longestMtu(config) + ": ip link set " + at.name()
                    + " mtu " + longestMtu(config)
                    + (config.chunkSize() < 4096 ? ", or chunks of 4096 bytes" : ", or a packet socket instead"));
        }
    }

    @Override
    public boolean send(Frame frame) {
        DropReason refusal = refusal(frame);
        if (refusal == null) {
            refusal = reader().sender().send(frame);
        }
        if (refusal != null) {
            stats().sendDropped(refusal);
            return false;
        }
        stats().sent(frame.length());
        return true;
    }

    private @Nullable DropReason refusal(Frame frame) {
        if (!frame.isValid()) {
            return DropReason.MALFORMED;
        }
        if (frame.isUnfinished()) {
            return DropReason.UNSUPPORTED;
        }
        return frame.length() > mtu() + LONGEST_HEADER ? DropReason.TOO_BIG : null;
    }

    /** A thread always sends by the same queue, so that what it sends stays in order; one of ours by its own. */
    private QueueReader reader() {
        if (readers.length == 1) {
            return readers[0];
        }
        Thread thread = Thread.currentThread();
        for (QueueReader reader : readers) {
            if (reader.thread().equals(thread)) {
                return reader;
            }
        }
        return readers[(int) Long.remainderUnsigned(thread.getId(), readers.length)];
    }

    /**
     * Captures part of what goes to a prefix, from now on.
     *
     * @param prefix its host bits are ignored
     * @param rule which part
     * @throws IllegalArgumentException if the capture may not hold it; nothing is changed
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public void capture(IpPrefix prefix, CaptureRule rule) throws IOException {
        capture.add(prefix, rule);
    }

    /**
     * Leaves part of what goes to a prefix to the host again, as far as no other rule captures it.
     *
     * @param prefix its host bits are ignored
     * @param rule which part
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public void leave(IpPrefix prefix, CaptureRule rule) throws IOException {
        capture.remove(prefix, rule);
    }

    /**
     * Leaves a prefix to the host again, as far as no other prefix around it is captured.
     *
     * @param prefix its host bits are ignored
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public void leave(IpPrefix prefix) throws IOException {
        capture.remove(prefix);
    }

    /** {@return what is captured: the prefixes with the rules that each was given} */
    public Map<IpPrefix, List<CaptureRule>> captured() {
        return capture.rules();
    }

    /** {@return the name of the interface when the device was opened} */
    public String name() {
        return config.interfaceName();
    }

    /** {@return the queues that it receives from, ascending} */
    public List<Integer> queues() {
        List<Integer> numbers = new ArrayList<>();
        for (QueueReader reader : readers) {
            numbers.add(reader.queue().queue());
        }
        return numbers;
    }

    /** {@return where the program runs: {@link XdpMode#DRIVER} or {@link XdpMode#GENERIC}} */
    public XdpMode mode() {
        return link.mode();
    }

    /** {@return whether the driver uses the sockets' memory, all of them, as the kernel tells} */
    public boolean isZeroCopy() {
        for (QueueReader reader : readers) {
            if (!reader.queue().isZeroCopy()) {
                return false;
            }
        }
        return true;
    }

    /** {@return what the kernel counts of all sockets together; of a closed device, the last that was counted} */
    public AfXdpStatistics kernelStatistics() {
        long[] sums;
        synchronized (finalStatistics) {
            sums = isClosed() ? finalStatistics.clone() : sum();
        }
        return new AfXdpStatistics(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
    }

    private long[] sum() {
        long[] sums = new long[XdpSocket.STATISTICS];
        long[] one = new long[XdpSocket.STATISTICS];
        for (QueueReader reader : readers) {
            reader.queue().socket().statistics(one);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += one[i];
            }
        }
        return sums;
    }

    @Override
    public String toString() {
        return "AfXdp[" + name() + "]";
    }

    /** In this order; see the package description. What fails on the way leaves no socket behind. */
    @Override
    protected void onClose() {
        try {
            link.close();
            for (QueueReader reader : readers) {
                capture.leadNowhere(reader.queue().queue());
            }
        } finally {
            for (QueueReader reader : readers) {
                reader.stop();
            }
        }
        for (QueueReader reader : readers) {
            awaitEnd(reader.thread());
        }
        try {
            synchronized (finalStatistics) {
                System.arraycopy(sum(), 0, finalStatistics, 0, finalStatistics.length);
            }
        } finally {
            for (QueueReader reader : readers) {
                reader.release();
            }
            if (promiscuous != null) {
                promiscuous.close();
            }
            capture.close();
            watch.close();
        }
    }

    private void followMtu(LinkInfo at) {
        changeMtu(Math.max(68, Math.min(at.mtu(), longestMtu(config))));
    }

    private void interfaceChanged() {
        LinkInfo now;
        try {
            now = watch.look();
        } catch (IOException failure) {
            failed(failure);
            return;
        }
        if (now != null) {
            followMtu(now);
        } else if (!isClosed()) {
            stats().error();
            LOG.log(
                    System.Logger.Level.WARNING,
                    "interface " + name()
                            + " is gone, its AF_XDP device closes: deleted, or moved to another namespace");
            close();
        }
    }

    private void failed(IOException failure) {
        if (!isClosed()) {
            stats().error();
            failures.record(failure);
        }
    }

    /** What one thread does with what it hears. */
    private final class Intake implements QueueReader.Events {

        @Override
        public void onFrame(Frame frame) {
            if (frame.length() < Frame.HEADER_LENGTH) {
                stats().receiveDropped(DropReason.TRUNCATED);
                return;
            }
            if (checksumsLeftOut) {
                PendingChecksum.mark(frame);
            }
            deliver(frame);
        }

        @Override
        public void onInvalid() {
            stats().receiveDropped(DropReason.MALFORMED);
        }

        @Override
        public void onChange() {
            interfaceChanged();
        }

        @Override
        public void onError(IOException failure) {
            failed(failure);
        }
    }
}
