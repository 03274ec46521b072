// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.pcap.CaptureReader.Format;
import io.pktkit.pcap.CaptureReader.Step;
import io.pktkit.pcap.internal.NgNumbers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads draft-ietf-opsawg-pcapng: the blocks that have packets, interfaces or names in them; others are passed over. */
final class NgFormat implements Format {

    private static final int MAX_INTERFACES = 1 << 16;
    private static final int MAX_NAMES = 10_000;

    /** How many characters all names have together; those of interfaces are left empty beyond it, and others left out. */
    private static final int MAX_TEXT = 4 << 20;

    /** Type and length, and the length again at the end. */
    private static final int LEAST_BLOCK = 12;

    private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000L);

    private final ByteSource source;
    private final List<CaptureInterface> interfaces = new ArrayList<>();
    private final List<Clock> clocks = new ArrayList<>();
    private final Map<IpAddress, String> names = new HashMap<>();
    private ByteOrder order = ByteOrder.BIG_ENDIAN;

    /** The number of the present section's first interface. */
    private int firstInterface;

    private int heldText;
    private boolean begun;

    /** How an interface counts time: units in a second, and seconds to add. */
    private record Clock(long perSecond, long offsetSeconds) {

        static final Clock MICROSECONDS = new Clock(1_000_000, 0);

        /** Total: what is out of range is cut to it. */
        long nanos(long units) {
            BigInteger count = new BigInteger(Long.toUnsignedString(units));
            BigInteger nanos = count.multiply(NANOS)
                    .divide(BigInteger.valueOf(perSecond))
                    .add(BigInteger.valueOf(offsetSeconds).multiply(NANOS));
            return nanos.bitLength() < Long.SIZE ? nanos.longValue() : nanos.signum() * Long.MAX_VALUE;
        }

        long nanosFast(long units) {
            return perSecond == 1_000_000_000L && offsetSeconds == 0 && units >= 0 ? units : nanos(units);
        }
    }

    NgFormat(ByteSource source) {
        this.source = source;
    }

    @Override
    public Step next(CapturedPacket packet) throws IOException {
        while (true) {
            // Of the first block the type was read already.
            int have = begun ? source.read(0, 4) : 4;
            begun = true;
            if (have < 4) {
                return have == 0 ? Step.END : wrong("cut off in a block");
            }
            Step step = block(packet);
            if (step != null) {
                return step;
            }
        }
    }

    /** Reads the rest of a block. Null if there is no packet in it. */
    private @Nullable Step block(CapturedPacket packet) throws IOException {
        boolean section = ByteBuffer.wrap(source.bytes()).getInt(0) == NgNumbers.SECTION_HEADER;
        int header = section ? LEAST_BLOCK : 8;
        if (source.read(4, header - 4) < header - 4) {
            return wrong("cut off in a block");
        }
        if (section) {
            int magic = ByteBuffer.wrap(source.bytes()).getInt(8);
            if (magic != NgNumbers.BYTE_ORDER_MAGIC && magic != Integer.reverseBytes(NgNumbers.BYTE_ORDER_MAGIC)) {
                return wrong("a section of unknown byte order");
            }
            order = magic == NgNumbers.BYTE_ORDER_MAGIC ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            firstInterface = interfaces.size();
        }
        int length = buffer().getInt(4);
        if (length < Math.max(header, LEAST_BLOCK) || (length & 3) != 0 || length > CaptureReader.MAX_BLOCK) {
            return wrong("a block of " + (length & 0xFFFF_FFFFL) + " bytes");
        }
        if (source.read(header, length - header) < length - header) {
            return wrong("cut off in a block");
        }
        if (buffer().getInt(length - 4) != length) {
            return wrong("a block of two lengths");
        }
        ByteBuffer block = buffer();
        block.limit(length - 4).position(8);
        return switch (block.getInt(0)) {
            case NgNumbers.INTERFACE_DESCRIPTION -> describe(block);
            case NgNumbers.ENHANCED_PACKET -> enhanced(block, packet);
            case NgNumbers.PACKET -> obsolete(block, packet);
            case NgNumbers.SIMPLE_PACKET -> simple(block, packet);
            case NgNumbers.NAME_RESOLUTION -> names(block);
            default -> null;
        };
    }

    private ByteBuffer buffer() {
        return ByteBuffer.wrap(source.bytes()).order(order);
    }

    private Step wrong(String what) {
        return Step.wrong(what, source.position());
    }

    private @Nullable Step describe(ByteBuffer block) {
        if (block.remaining() < 8) {
            return wrong("an interface that is cut short");
        }
        if (interfaces.size() == MAX_INTERFACES) {
            return wrong("more than " + MAX_INTERFACES + " interfaces");
        }
        int type = block.getShort() & 0xFFFF;
        block.getShort();
        long snapLength = block.getInt() & 0xFFFF_FFFFL;
        String name = "";
        long perSecond = Clock.MICROSECONDS.perSecond();
        long offset = 0;
        while (hasOption(block)) {
            int code = block.getShort() & 0xFFFF;
            ByteBuffer value = value(block);
            if (code == NgNumbers.IF_NAME) {
                name = text(value);
            } else if (code == NgNumbers.IF_TSRESOL && value.remaining() == 1) {
                perSecond = perSecond(value.get());
            } else if (code == NgNumbers.IF_TSOFFSET && value.remaining() == 8) {
                offset = value.getLong();
            }
        }
        interfaces.add(new CaptureInterface(takeRoom(name) ? name : "", type, snapLength));
        clocks.add(new Clock(perSecond, offset));
        return null;
    }

    /** The highest bit chooses between powers of 2 and of 10. What no clock has counts as the finest one that fits. */
    private static long perSecond(byte resolution) {
        int exponent = resolution & 0x7F;
        if (resolution < 0) {
            return 1L << Math.min(exponent, 62);
        }
        long units = 1;
        for (int i = 0; i < Math.min(exponent, 18); i++) {
            units *= 10;
        }
        return units;
    }

    private Step enhanced(ByteBuffer block, CapturedPacket packet) {
        if (block.remaining() < 20) {
            return wrong("a packet that is cut short");
        }
        return packet(block, packet, block.getInt());
    }

    private Step obsolete(ByteBuffer block, CapturedPacket packet) {
        if (block.remaining() < 20) {
            return wrong("a packet that is cut short");
        }
        int number = block.getShort() & 0xFFFF;
        block.getShort(); // how many were dropped
        return packet(block, packet, number);
    }

    private Step packet(ByteBuffer block, CapturedPacket packet, int number) {
        long units = ((long) block.getInt() << 32) | (block.getInt() & 0xFFFF_FFFFL);
        int captured = block.getInt();
        long original = block.getInt() & 0xFFFF_FFFFL;
        if (number < 0 || number >= interfaces.size() - firstInterface) {
            return wrong("a packet of an unknown interface");
        }
        if (captured < 0 || captured > block.remaining()) {
            return wrong("a packet longer than its block");
        }
        int from = block.position();
        block.position(Math.min(block.limit(), from + (captured + 3 & -4)));
        CaptureDirection direction = CaptureDirection.UNKNOWN;
        StringBuilder comments = new StringBuilder();
        while (hasOption(block)) {
            int code = block.getShort() & 0xFFFF;
            ByteBuffer value = value(block);
            if (code == NgNumbers.COMMENT) {
                comments.append(comments.isEmpty() ? "" : "\n").append(text(value));
            } else if (code == NgNumbers.EPB_FLAGS && value.remaining() == 4) {
                direction = direction(value.getInt());
            }
        }
        int all = firstInterface + number;
        packet.fill(
                source.bytes(),
                from,
                captured,
                all,
                interfaces.get(all).linkType(),
                clocks.get(all).nanosFast(units),
                original,
                direction,
                comments.toString());
        return Step.PACKET;
    }

    private static CaptureDirection direction(int flags) {
        return switch (flags & NgNumbers.DIRECTION_MASK) {
            case NgNumbers.FLAG_INBOUND -> CaptureDirection.INBOUND;
            case NgNumbers.FLAG_OUTBOUND -> CaptureDirection.OUTBOUND;
            default -> CaptureDirection.UNKNOWN;
        };
    }

    /** Of the first interface, and without a time. */
    private Step simple(ByteBuffer block, CapturedPacket packet) {
        if (block.remaining() < 4) {
            return wrong("a packet that is cut short");
        }
        if (interfaces.size() == firstInterface) {
            return wrong("a packet of an unknown interface");
        }
        long original = block.getInt() & 0xFFFF_FFFFL;
        CaptureInterface first = interfaces.get(firstInterface);
        long captured = Math.min(original, block.remaining());
        if (first.snapLength() != 0) {
            captured = Math.min(captured, first.snapLength());
        }
        packet.fill(
                source.bytes(),
                block.position(),
                (int) captured,
                firstInterface,
                first.linkType(),
                0,
                original,
                CaptureDirection.UNKNOWN,
                "");
        return Step.PACKET;
    }

    private @Nullable Step names(ByteBuffer block) {
        while (hasOption(block)) {
            int type = block.getShort() & 0xFFFF;
            ByteBuffer value = value(block);
            int address = type == NgNumbers.NRB_RECORD_IPV4 ? 4 : type == NgNumbers.NRB_RECORD_IPV6 ? 16 : 0;
            if (address != 0 && value.remaining() > address && names.size() < MAX_NAMES) {
                byte[] octets = new byte[address];
                value.get(octets);
                String name = text(value);
                int end = name.indexOf(0); // several names may follow, each with a zero after it
                keep(IpAddress.of(octets), end < 0 ? name : name.substring(0, end));
            }
        }
        return null;
    }

    private void keep(IpAddress address, String name) {
        if (takeRoom(name)) {
            String before = names.put(address, name);
            heldText -= before == null ? 0 : before.length();
        }
    }

    private boolean takeRoom(String name) {
        if (heldText + name.length() > MAX_TEXT) {
            return false;
        }
        heldText += name.length();
        return true;
    }

    /** Whether an option begins here; the last one is the end of them. */
    private static boolean hasOption(ByteBuffer block) {
        return block.remaining() >= 4 && block.getShort(block.position()) != NgNumbers.END_OF_OPTIONS;
    }

    /** The value of the option whose code was just read; what is longer than its block is cut. */
    private static ByteBuffer value(ByteBuffer block) {
        int length = Math.min(block.getShort() & 0xFFFF, block.remaining());
        ByteBuffer value = block.slice(block.position(), length).order(block.order());
        block.position(Math.min(block.limit(), block.position() + (length + 3 & -4)));
        return value;
    }

    private static String text(ByteBuffer value) {
        return StandardCharsets.UTF_8.decode(value).toString();
    }

    @Override
    public List<CaptureInterface> interfaces() {
        return interfaces;
    }

    @Override
    public Map<IpAddress, String> names() {
        return names;
    }
}
