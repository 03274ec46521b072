// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.pcap.CaptureReader.Format;
import io.pktkit.pcap.CaptureReader.Step;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads draft-ietf-opsawg-pcap, with microseconds or nanoseconds. */
final class ClassicFormat implements Format {

    private static final int MICROSECONDS = 0xA1B2C3D4;
    private static final int NANOSECONDS = 0xA1B23C4D;

    /** The file's header after its magic number, and that of a record. */
    private static final int FILE_HEADER = 20;

    private static final int RECORD_HEADER = 16;

    private final ByteSource source;
    private final ByteOrder order;
    private final int unit;
    private final List<CaptureInterface> interfaces = new ArrayList<>(1);
    private int linkType;

    private ClassicFormat(ByteSource source, ByteOrder order, int unit) {
        this.source = source;
        this.order = order;
        this.unit = unit;
    }

    /** The format of a magic number that was read as big-endian, or null. */
    static @Nullable ClassicFormat of(int magic, ByteSource source) {
        int reversed = Integer.reverseBytes(magic);
        if (magic == MICROSECONDS || magic == NANOSECONDS) {
            return new ClassicFormat(source, ByteOrder.BIG_ENDIAN, magic == NANOSECONDS ? 1 : 1000);
        }
        if (reversed == MICROSECONDS || reversed == NANOSECONDS) {
            return new ClassicFormat(source, ByteOrder.LITTLE_ENDIAN, reversed == NANOSECONDS ? 1 : 1000);
        }
        return null;
    }

    @Override
    public Step next(CapturedPacket packet) throws IOException {
        if (interfaces.isEmpty()) {
            if (source.read(0, FILE_HEADER) < FILE_HEADER) {
                return Step.wrong("cut off in the header of the file", source.position());
            }
            ByteBuffer header = header();
            linkType = header.getInt(16) & 0xFFFF; // the upper half says how long a checksum at the end is
            interfaces.add(new CaptureInterface("", linkType, header.getInt(12) & 0xFFFF_FFFFL));
        }
        int got = source.read(0, RECORD_HEADER);
        if (got < RECORD_HEADER) {
            return got == 0 ? Step.END : Step.wrong("cut off in the header of a record", source.position());
        }
        ByteBuffer header = header();
        long seconds = header.getInt(0) & 0xFFFF_FFFFL;
        long fraction = header.getInt(4) & 0xFFFF_FFFFL;
        int captured = header.getInt(8);
        long original = header.getInt(12) & 0xFFFF_FFFFL;
        if (captured < 0 || captured > CaptureReader.MAX_BLOCK) {
            return Step.wrong("a record of " + (captured & 0xFFFF_FFFFL) + " bytes", source.position());
        }
        if (source.read(0, captured) < captured) {
            return Step.wrong("cut off in a record", source.position());
        }
        packet.fill(
                source.bytes(),
                0,
                captured,
                0,
                linkType,
                seconds * 1_000_000_000L + fraction * unit,
                original,
                CaptureDirection.UNKNOWN,
                "");
        return Step.PACKET;
    }

    private ByteBuffer header() {
        return ByteBuffer.wrap(source.bytes()).order(order);
    }

    @Override
    public List<CaptureInterface> interfaces() {
        return interfaces;
    }

    @Override
    public Map<IpAddress, String> names() {
        return Map.of();
    }
}
