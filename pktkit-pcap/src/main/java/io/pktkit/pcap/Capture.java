// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.device.Attachment;
import io.pktkit.device.L2Device;
import io.pktkit.device.Registration;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.L3Hub;
import io.pktkit.hub.L3HubPort;
import io.pktkit.internal.Daemons;
import io.pktkit.pcap.internal.write.BlockWriter;
import io.pktkit.pcap.internal.write.FileOutlet;
import io.pktkit.pcap.internal.write.Outlet;
import io.pktkit.pcap.internal.write.PipeOutlet;
import io.pktkit.pcap.internal.write.RecordRing;
import io.pktkit.pcap.internal.write.StreamOutlet;
import io.pktkit.pcap.internal.write.TapInfo;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Records what passes devices, into a file, a ring of files, a named pipe or a stream. Taps are put on any attachment at run
 * time and taken off again; each is an interface of the capture.
 *
 * <pre>{@code
 * try (Capture capture = Capture.toFile(Path.of("lan.pcapng"), CaptureConfig.DEFAULT)) {
 *     capture.tap("gateway", gatewayPort);
 *     capture.tapPorts(hub, port -> "port of " + port.device());
 *     ...
 * }
 * }</pre>
 *
 * <p>See the package description for what it costs and what may be lost. Any thread.
 */
public final class Capture implements AutoCloseable {

    /** How many taps there are at once. */
    public static final int MAX_TAPS = 4096;

    /** How long a close waits for a reader that does not read. */
    private static final long CLOSE_NANOS = 2_000_000_000L;

    private final CaptureConfig config;
    private final Outlet outlet;
    private final RecordRing ring;
    private final Thread thread;
    private final long closeNanos;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Queue<Task> tasks = new ConcurrentLinkedQueue<>();

    /** Those whose packets may be in the ring, by their numbers. */
    private final Map<Integer, TapInfo> infos = new ConcurrentHashMap<>();

    /** Those who wait, to be told also by the end. */
    private final Set<CompletableFuture<Void>> flushes = ConcurrentHashMap.newKeySet();

    private final AtomicInteger numbers = new AtomicInteger();

    /** There may be several on one attachment. Guarded by this, as is all below. */
    private final Set<Tap<?>> taps = ConcurrentHashMap.newKeySet();

    private final List<Registration> watches = new ArrayList<>();

    /** What a file has that has but one, once it is known. */
    private @Nullable LinkType onlyType;

    private CaptureStats ofTapsThatWent = new CaptureStats(0, 0, 0, 0);
    private boolean closed;

    /** Something for the writing thread, when it has written what was before. */
    private record Task(long position, Action action) {}

    @FunctionalInterface
    private interface Action {
        void run(BlockWriter writer) throws IOException;
    }

    private Capture(CaptureConfig config, Outlet outlet, long patienceNanos) {
        this.config = config;
        this.outlet = outlet;
        this.ring = new RecordRing(config.queueBytes(), patienceNanos);
        this.closeNanos = Math.max(CLOSE_NANOS, patienceNanos);
        this.thread = Daemons.thread("pktkit-capture", this::run);
    }

    /**
     * Records into a file for its owner alone (mode 0600), in place of what was there. With several files their names have a
     * number before the ending: {@code lan-00001.pcapng}. A named pipe is waited for, without keeping anybody else waiting.
     *
     * @param path the file
     * @param config what to record
     * @return the capture
     * @throws IOException if the file cannot be made
     */
    public static Capture toFile(Path path, CaptureConfig config) throws IOException {
        return toFile(path, config, RecordRing.PATIENCE_NANOS);
    }

    /** With another patience than the usual one, also at the close: a test, whose threads may be suspended for long, has all of it. */
    static Capture toFile(Path path, CaptureConfig config, long patienceNanos) throws IOException {
        boolean pipe = Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
        Outlet outlet = pipe ? new PipeOutlet(path) : FileOutlet.open(path, config.maxFileBytes(), config.maxFiles());
        return started(new Capture(config, outlet, patienceNanos));
    }

    /**
     * Records into a stream, such as standard output for {@code wireshark -k -i -}.
     *
     * @param stream written by a thread of the capture alone, and closed by it
     * @param config what to record; limits of files mean nothing here
     * @return the capture
     */
    public static Capture toStream(OutputStream stream, CaptureConfig config) {
        return toStream(stream, config, RecordRing.PATIENCE_NANOS);
    }

    /** With another patience than the usual one, as for files. */
    static Capture toStream(OutputStream stream, CaptureConfig config, long patienceNanos) {
        return started(new Capture(config, new StreamOutlet(stream), patienceNanos));
    }

    private static Capture started(Capture capture) {
        capture.thread.start();
        return capture;
    }

    /**
     * Looks on at an attachment, from now on: a port of a hub, an end of a cable, whatever {@code device.attachment()} tells.
     *
     * @param <P> frames or packets
     * @param name the name of the interface
     * @param attachment where
     * @return the tap, which goes with the attachment, or before
     * @throws IllegalArgumentException if the format is classic and has packets of another kind
     * @throws IllegalStateException if the capture or the attachment is closed, or there are too many taps
     */
    public <P extends Pdu> CaptureTap tap(String name, Attachment<P> attachment) {
        return put(register(name, attachment));
    }

    private synchronized <P extends Pdu> Tap<P> register(String name, Attachment<P> attachment) {
        if (closed) {
            throw new IllegalStateException("capture is closed");
        }
        if (taps.size() == MAX_TAPS) {
            throw new IllegalStateException("a capture has at most " + MAX_TAPS + " taps");
        }
        LinkType type = attachment.device() instanceof L2Device ? LinkType.ETHERNET : LinkType.RAW;
        if (config.format() == CaptureFormat.PCAP && onlyType != null && onlyType != type) {
            throw new IllegalArgumentException("a file of the classic format has packets of one kind, here " + onlyType
                    + ": use pcapng: type=" + type);
        }
        onlyType = type;
        CaptureFilter filter = config.filter();
        TapInfo info = new TapInfo(name, type, config.snapLength(), filter == null ? "" : filter.toString());
        int number = numbers.getAndIncrement();
        infos.put(number, info);
        Tap<P> tap = new Tap<>(attachment, config, ring, number, info);
        later(writer -> writer.add(info));
        taps.add(tap);
        return tap;
    }

    private CaptureTap put(Tap<?> tap) {
        try {
            tap.put(() -> removed(tap));
            return tap;
        } catch (RuntimeException | Error closedMeanwhile) {
            removed(tap);
            throw closedMeanwhile;
        }
    }

    /**
     * Looks on at all ports of a switch, those that come later too.
     *
     * @param hub the switch
     * @param name gives a port's interface its name
     * @return what stops it for ports that come; the taps stay
     */
    public Registration tapPorts(L2Hub hub, Function<? super HubPort, String> name) {
        return watch(hub.watchPorts(port -> tapOnce(name.apply(port), port)));
    }

    /**
     * Looks on at all ports of a router, those that come later too.
     *
     * @param hub the router
     * @param name gives a port's interface its name
     * @return what stops it for ports that come; the taps stay
     */
    public Registration tapPorts(L3Hub hub, Function<? super L3HubPort, String> name) {
        return watch(hub.watchPorts(port -> tapOnce(name.apply(port), port)));
    }

    private Registration watch(Registration watch) {
        synchronized (this) {
            if (!closed) {
                watches.add(watch);
                return watch;
            }
        }
        watch.close();
        throw new IllegalStateException("capture is closed");
    }

    private <P extends Pdu> void tapOnce(String name, Attachment<P> port) {
        Tap<P> tap;
        synchronized (this) {
            if (closed || taps.stream().anyMatch(present -> present.isOn(port))) {
                return;
            }
            tap = register(name, port);
        }
        put(tap);
    }

    /**
     * Gives an address a name that readers show, a guest's for instance. Of many, the first 1024 are kept.
     *
     * @param address the address
     * @param name the name
     */
    public void name(IpAddress address, String name) {
        String key = HexFormat.of().formatHex(address.toBytes());
        later(writer -> writer.name(key, name));
    }

    /**
     * Waits until everything that passed until now is written, as far as it can be.
     *
     * @throws IOException if the capture has ended by a failure
     */
    @SuppressWarnings("CollectionUndefinedEquality") // a future is itself and no other
    public void flush() throws IOException {
        CompletableFuture<Void> written = new CompletableFuture<>();
        flushes.add(written);
        later(writer -> {
            writer.flush(System.nanoTime());
            written.complete(null);
        });
        if (done.isDone()) {
            written.complete(null);
        }
        written.join();
        flushes.remove(written);
        if (done.isCompletedExceptionally()) {
            throw new IOException("the capture has ended: "
                    + done.handle((nothing, failure) -> failure).join());
        }
    }

    /** {@return what passed all taps, also those that are gone, and what became of it} */
    public CaptureStats stats() {
        CaptureStats sum;
        List<Tap<?>> present;
        synchronized (this) {
            sum = ofTapsThatWent;
            present = List.copyOf(taps);
        }
        for (Tap<?> tap : present) {
            sum = sum.plus(tap.stats());
        }
        return sum;
    }

    /**
     * Tells when nothing is recorded any more.
     *
     * @return a stage that completes after {@link #close()}, or with the failure that ended the capture: its reader went
     */
    public CompletionStage<Void> done() {
        return done.minimalCompletionStage();
    }

    /**
     * Takes all taps off, writes what was recorded, and closes the file. Waits for that, but not for a reader that does not
     * read. Idempotent.
     */
    @Override
    public void close() {
        List<AutoCloseableQuietly> parts = new ArrayList<>();
        synchronized (this) {
            closed = true;
            watches.forEach(watch -> parts.add(watch::close));
            watches.clear();
            taps.forEach(tap -> parts.add(tap::close));
        }
        parts.forEach(AutoCloseableQuietly::close);
        ring.end();
        awaitWriter();
    }

    @FunctionalInterface
    private interface AutoCloseableQuietly {
        void close();
    }

    private void awaitWriter() {
        boolean interrupted = false;
        outlet.stopWaiting();
        long since = System.nanoTime();
        long left = closeNanos;
        while (left > 0 && thread.isAlive() && thread != Thread.currentThread()) {
            try {
                TimeUnit.NANOSECONDS.timedJoin(thread, left);
            } catch (InterruptedException interrupt) {
                interrupted = true; // told once the file is whole
            }
            left = closeNanos - (System.nanoTime() - since);
        }
        if (thread.isAlive()) {
            try {
                outlet.close();
            } catch (IOException failure) {
                done.completeExceptionally(failure);
            }
        }
        done.complete(null);
        tellFlushes(); // the thread may be stuck for good
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void removed(Tap<?> tap) {
        synchronized (this) {
            if (!taps.remove(tap)) {
                return;
            }
            ofTapsThatWent = ofTapsThatWent.plus(tap.stats());
        }
        later(writer -> {
            writer.remove(tap.info(), config.epochNanos().getAsLong());
            infos.remove(tap.number());
        });
    }

    private void later(Action action) {
        tasks.add(new Task(ring.tail(), action));
        ring.wake();
    }

    private void run() {
        LinkType type;
        try {
            type = typeOfFile();
            if (type != null) {
                write(new BlockWriter(config.format(), type, config.snapLength(), outlet));
            }
            done.complete(null);
        } catch (IOException | RuntimeException | Error failure) {
            ring.end();
            closeOutlet(failure);
            done.completeExceptionally(failure);
        } finally {
            tasks.clear();
            tellFlushes();
        }
    }

    private void tellFlushes() {
        flushes.forEach(waiting -> waiting.complete(null));
    }

    private void closeOutlet(Throwable because) {
        try {
            outlet.close();
        } catch (IOException second) {
            because.addSuppressed(second);
        }
    }

    /** A file of the classic format says in its beginning of which kind its packets are, so it waits for the first tap. */
    private @Nullable LinkType typeOfFile() {
        int looks = 0;
        while (config.format() == CaptureFormat.PCAP) {
            synchronized (this) {
                if (onlyType != null) {
                    return onlyType;
                }
            }
            if (ring.isEnded()) {
                break;
            }
            ring.await(looks++);
        }
        return LinkType.ETHERNET;
    }

    private void write(BlockWriter writer) throws IOException {
        RecordRing.Entry entry = new RecordRing.Entry();
        int looks = 0;
        writer.begin();
        while (true) {
            runTasks(writer);
            boolean ended = ring.isEnded(); // before looking, so that nothing is overlooked
            if (ring.peek(entry, System.nanoTime())) {
                TapInfo tap = infos.get(entry.tap);
                if (tap != null) {
                    writer.packet(tap, entry, System.nanoTime());
                }
                ring.release(entry);
                looks = 0;
            } else if (ended && ring.head() == ring.tail() && tasks.isEmpty()) {
                writer.end(config.epochNanos().getAsLong(), System.nanoTime());
                return;
            } else {
                writer.flush(System.nanoTime());
                ring.await(looks++);
            }
        }
    }

    private void runTasks(BlockWriter writer) throws IOException {
        for (Task task = tasks.peek(); task != null && task.position() <= ring.head(); task = tasks.peek()) {
            tasks.remove();
            writer.makeRoom(System.nanoTime());
            task.action().run(writer);
        }
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "Capture[taps=" + taps.size() + " " + stats() + "]";
    }
}
