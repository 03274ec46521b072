// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import io.pktkit.pcap.LinkType;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The classic format, with nanoseconds (draft-ietf-opsawg-pcap): one kind of packets, and nothing beside them. Little-endian, as
 * most programs write it.
 */
final class PcapEncoder implements Encoder {

    private static final int MAGIC_NANOSECONDS = 0xA1B23C4D;
    private static final int VERSION_MAJOR = 2;
    private static final int VERSION_MINOR = 4;
    private static final long NANOS = 1_000_000_000L;
    private static final long LAST_NANOS = (1L << 32) * NANOS - 1;

    private final LinkType linkType;
    private final int snapLength;

    PcapEncoder(LinkType linkType, int snapLength) {
        this.linkType = linkType;
        this.snapLength = snapLength;
    }

    @Override
    public void begin(ByteBuffer out) {
        out.putInt(MAGIC_NANOSECONDS)
                .putShort((short) VERSION_MAJOR)
                .putShort((short) VERSION_MINOR)
                .putInt(0)
                .putInt(0)
                .putInt(snapLength)
                .putInt(linkType.number());
    }

    @Override
    public void tap(ByteBuffer out, TapInfo tap) {
        // there is no place for it
    }

    @Override
    public void packet(ByteBuffer out, TapInfo tap, RecordRing.Entry entry) {
        // Seconds have 32 bits, which end in 2106: an absurd clock stops there.
        long time = Math.min(Math.max(0, entry.time), LAST_NANOS);
        out.putInt((int) (time / NANOS))
                .putInt((int) (time % NANOS))
                .putInt(entry.captured)
                .putInt(entry.original);
        out.put(out.position(), entry.buffer, entry.offset, entry.captured).position(out.position() + entry.captured);
    }

    @Override
    public void statistics(ByteBuffer out, TapInfo tap, long timeNanos) {
        // there is no place for them
    }

    @Override
    public void names(ByteBuffer out, Map<String, String> untold) {
        untold.clear(); // there is no place for them
    }
}
