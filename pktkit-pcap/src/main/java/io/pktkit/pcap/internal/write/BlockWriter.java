// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import io.pktkit.pcap.CaptureFormat;
import io.pktkit.pcap.LinkType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts packets into a file, in batches of whole blocks: what introduces them before them, in each file anew. A batch that could
 * not be written is as if it had never been, so whatever was introduced in it is introduced again with the next. The writing
 * thread's.
 */
public final class BlockWriter {

    /** After a failure that may pass, what comes is not written for this long. */
    static final long PAUSE_NANOS = 1_000_000_000L;

    /** How many addresses have names. */
    private static final int MOST_NAMES = 1024;

    private static final int BATCH = 1 << 18;

    /** More than a packet's block has beside its bytes. */
    private static final int PACKET_OVERHEAD = 256;

    private final Encoder encoder;
    private final Outlet outlet;
    private final ByteBuffer batch = ByteBuffer.allocateDirect(BATCH + RecordRing.LONGEST + 2 * Encoder.ROOM)
            .order(ByteOrder.LITTLE_ENDIAN);

    /** Those that are attached, in the order of their coming. */
    private final List<TapInfo> taps = new ArrayList<>();

    private final Map<String, String> names = new TreeMap<>();

    /** Those of them that this file is yet to be told. */
    private final Map<String, String> untold = new TreeMap<>();

    /** Packets of the batch, by whose they are. */
    private final List<TapInfo> inBatch = new ArrayList<>();

    /** How many taps this file knows, and how many of them by blocks that were written. */
    private int introduced;

    private int introducedForGood;
    private final List<TapInfo> introducedInBatch = new ArrayList<>();

    private boolean begun;
    private boolean begunForGood;
    private boolean full;
    private boolean paused;
    private long pausedUntilNanos;

    /**
     * Creates one that has written nothing.
     *
     * @param format the format
     * @param linkType the kind of packets, where a file has but one
     * @param snapLength bytes of each packet at most
     * @param outlet where blocks go
     */
    public BlockWriter(CaptureFormat format, LinkType linkType, int snapLength, Outlet outlet) {
        this.encoder = format == CaptureFormat.PCAP ? new PcapEncoder(linkType, snapLength) : new PcapNgEncoder();
        this.outlet = outlet;
    }

    /** Begins the file, so that who reads along sees one. */
    public void begin() {
        introduce();
    }

    /**
     * Adds a tap.
     *
     * @param tap the tap
     */
    public void add(TapInfo tap) {
        taps.add(tap);
        introduce();
    }

    /**
     * Takes a tap away and tells its counts.
     *
     * @param tap the tap
     * @param timeNanos since 1970
     * @throws IOException if a batch cannot be written and never will be
     */
    public void remove(TapInfo tap, long timeNanos) throws IOException {
        tell(tap, timeNanos);
        taps.remove(tap);
    }

    /**
     * Gives an address a name, in this file and those that follow.
     *
     * @param address in hexadecimal
     * @param name the name
     */
    public void name(String address, String name) {
        boolean kept = names.size() < MOST_NAMES || names.containsKey(address);
        if (kept && !name.equals(names.put(address, name))) {
            untold.put(address, name);
        }
    }

    /**
     * Makes room in the batch, to be called between what else is called in a row.
     *
     * @param nowNanos the time, for pauses
     * @throws IOException if a batch cannot be written and never will be
     */
    public void makeRoom(long nowNanos) throws IOException {
        if (batch.position() > BATCH) {
            flush(nowNanos);
        }
    }

    /**
     * Writes a packet.
     *
     * @param tap that it passed
     * @param entry the packet
     * @param nowNanos the time, for pauses
     * @throws IOException if a batch cannot be written and never will be
     */
    public void packet(TapInfo tap, RecordRing.Entry entry, long nowNanos) throws IOException {
        if (full || isPaused(nowNanos)) {
            tap.unwritten.increment();
            return;
        }
        int most = entry.captured + PACKET_OVERHEAD + (begun && untold.isEmpty() ? 0 : Encoder.ROOM);
        if (!outlet.hasRoom(batch.position() + (long) most) && !goOn(nowNanos)) {
            tap.unwritten.increment();
            return;
        }
        introduce();
        while (tap.index < 0) { // more taps than a batch has room for come before it
            flush(nowNanos);
            introduce();
            if (paused) {
                tap.unwritten.increment();
                return;
            }
        }
        encoder.packet(batch, tap, entry);
        inBatch.add(tap);
        makeRoom(nowNanos);
    }

    private boolean isPaused(long nowNanos) {
        paused = paused && nowNanos - pausedUntilNanos < 0;
        return paused;
    }

    /** Begins the next file, if there is to be one. */
    private boolean goOn(long nowNanos) throws IOException {
        flush(nowNanos);
        if (paused) {
            return false;
        }
        try {
            if (!outlet.next()) {
                full = true;
                return false;
            }
        } catch (IOException failure) {
            pause(failure, nowNanos);
            return false;
        }
        begun = false;
        begunForGood = false;
        forgetTaps(taps);
        introduced = 0;
        introducedForGood = 0;
        untold.putAll(names);
        return true;
    }

    /** Puts everything into the batch that must come before a packet and is not there yet. */
    private void introduce() {
        if (full || paused) {
            return;
        }
        if (!begun) {
            begun = true;
            encoder.begin(batch);
        }
        for (int i = 0; i < taps.size() && batch.position() < BATCH; i++) {
            TapInfo tap = taps.get(i);
            if (tap.index < 0) {
                tap.index = introduced++;
                introducedInBatch.add(tap);
                encoder.tap(batch, tap);
            }
        }
        if (batch.position() < BATCH && hasUntoldNames()) {
            encoder.names(batch, untold);
        }
    }

    private boolean hasUntoldNames() {
        return !untold.isEmpty() && outlet.hasRoom(batch.position() + (long) Encoder.ROOM);
    }

    /** Whether the batch had no room for all that is to be introduced. */
    private boolean isCrowded() {
        return !full && !paused && (batch.position() >= BATCH || hasUntoldNames());
    }

    private void tell(TapInfo tap, long timeNanos) {
        if (!full && !paused && tap.index >= 0 && outlet.hasRoom(batch.position() + (long) PACKET_OVERHEAD)) {
            encoder.statistics(batch, tap, timeNanos);
        }
    }

    /**
     * Writes what is in the batch.
     *
     * @param nowNanos the time, for pauses
     * @throws IOException if it cannot be written and never will be
     */
    public void flush(long nowNanos) throws IOException {
        if (batch.position() == 0) {
            return;
        }
        try {
            outlet.write(batch.flip());
        } catch (IOException failure) {
            forgetBatch();
            pause(failure, nowNanos);
            return;
        }
        batch.clear();
        inBatch.clear();
        introducedInBatch.clear();
        introducedForGood = introduced;
        begunForGood = begun;
    }

    private void pause(IOException failure, long nowNanos) throws IOException {
        if (!outlet.canRecover()) {
            throw failure;
        }
        paused = true;
        pausedUntilNanos = nowNanos + PAUSE_NANOS;
    }

    private void forgetBatch() {
        for (TapInfo tap : inBatch) {
            tap.unwritten.increment();
        }
        inBatch.clear();
        batch.clear();
        forgetTaps(introducedInBatch);
        introducedInBatch.clear();
        introduced = introducedForGood;
        begun = begunForGood;
        untold.putAll(names);
    }

    private static void forgetTaps(List<TapInfo> taps) {
        for (TapInfo tap : taps) {
            tap.index = -1;
        }
    }

    /**
     * Tells the counts of all taps, writes the rest and closes the file.
     *
     * @param timeNanos since 1970
     * @param nowNanos the time, for pauses
     * @throws IOException if that fails
     */
    public void end(long timeNanos, long nowNanos) throws IOException {
        paused = false; // one more try
        introduce();
        while (isCrowded()) {
            flush(nowNanos);
            introduce();
        }
        for (TapInfo tap : taps) {
            makeRoom(nowNanos);
            tell(tap, timeNanos);
        }
        flush(nowNanos);
        outlet.close();
    }
}
