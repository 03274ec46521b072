// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import io.pktkit.pcap.internal.NgNumbers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;

/** The newer format, draft-ietf-opsawg-pcapng: an interface for each tap, nanoseconds, comments, names and counts. */
final class PcapNgEncoder implements Encoder {

    private static final String PROGRAM = "pktkit";

    /** if_tsresol: units of 10^-9 seconds. */
    private static final byte NANOSECONDS = 9;

    private static final int LONGEST_TEXT = 4096;

    @Override
    public void begin(ByteBuffer out) {
        int start = open(out, NgNumbers.SECTION_HEADER);
        out.putInt(NgNumbers.BYTE_ORDER_MAGIC)
                .putShort((short) 1)
                .putShort((short) 0)
                .putLong(-1);
        text(out, NgNumbers.SHB_USERAPPL, PROGRAM);
        end(out, start);
    }

    @Override
    public void tap(ByteBuffer out, TapInfo tap) {
        int start = open(out, NgNumbers.INTERFACE_DESCRIPTION);
        out.putShort((short) tap.linkType.number()).putShort((short) 0).putInt(tap.snapLength);
        text(out, NgNumbers.IF_NAME, tap.name);
        option(out, NgNumbers.IF_TSRESOL, 1);
        out.put(NANOSECONDS);
        pad(out, 1);
        if (!tap.filter.isEmpty()) {
            byte[] filter = bytes(tap.filter);
            option(out, NgNumbers.IF_FILTER, 1 + filter.length);
            out.put((byte) 0).put(filter); // 0: it is a text of libpcap's kind
            pad(out, 1 + filter.length);
        }
        end(out, start);
    }

    @Override
    public void packet(ByteBuffer out, TapInfo tap, RecordRing.Entry entry) {
        int start = open(out, NgNumbers.ENHANCED_PACKET);
        long time = Math.max(0, entry.time);
        out.putInt(tap.index)
                .putInt((int) (time >>> 32))
                .putInt((int) time)
                .putInt(entry.captured)
                .putInt(entry.original);
        out.put(out.position(), entry.buffer, entry.offset, entry.captured).position(out.position() + entry.captured);
        pad(out, entry.captured);
        option(out, NgNumbers.EPB_FLAGS, 4);
        out.putInt(entry.flags);
        long lost = tap.lost();
        if (lost != tap.toldLost) {
            option(out, NgNumbers.EPB_DROPCOUNT, 8);
            out.putLong(lost - tap.toldLost);
            tap.toldLost = lost;
        }
        if (entry.dropped) {
            text(out, NgNumbers.COMMENT, entry.reason == null ? "dropped" : "dropped: " + entry.reason);
        }
        end(out, start);
    }

    @Override
    public void statistics(ByteBuffer out, TapInfo tap, long timeNanos) {
        int start = open(out, NgNumbers.INTERFACE_STATISTICS);
        out.putInt(tap.index).putInt((int) (timeNanos >>> 32)).putInt((int) timeNanos);
        count(out, NgNumbers.ISB_IFRECV, tap.seen.sum());
        count(out, NgNumbers.ISB_IFDROP, 0);
        count(out, NgNumbers.ISB_FILTERACCEPT, tap.taken.sum());
        count(out, NgNumbers.ISB_OSDROP, tap.lost());
        count(out, NgNumbers.ISB_USRDELIV, tap.taken.sum() - tap.lost());
        end(out, start);
    }

    @Override
    public void names(ByteBuffer out, Map<String, String> untold) {
        int start = open(out, NgNumbers.NAME_RESOLUTION);
        Iterator<Map.Entry<String, String>> entries = untold.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<String, String> entry = entries.next(); // addresses of 4 or 16 bytes in hexadecimal
            byte[] address = HexFormat.of().parseHex(entry.getKey());
            byte[] name = bytes(entry.getValue());
            int length = address.length + name.length + 1;
            if (out.position() - start + length + 64 > ROOM) {
                break;
            }
            option(out, address.length == 4 ? NgNumbers.NRB_RECORD_IPV4 : NgNumbers.NRB_RECORD_IPV6, length);
            out.put(address).put(name).put((byte) 0);
            pad(out, length);
            entries.remove();
        }
        out.putInt(0); // the end of the records
        end(out, start);
    }

    private static int open(ByteBuffer out, int type) {
        int start = out.position();
        out.putInt(type).putInt(0); // the length, known in the end
        return start;
    }

    private static void end(ByteBuffer out, int start) {
        option(out, NgNumbers.END_OF_OPTIONS, 0);
        int length = out.position() + 4 - start;
        out.putInt(length).putInt(start + 4, length);
    }

    private static void option(ByteBuffer out, int code, int length) {
        out.putShort((short) code).putShort((short) length);
    }

    private static void count(ByteBuffer out, int code, long count) {
        option(out, code, 8);
        out.putLong(count);
    }

    private static void text(ByteBuffer out, int code, String text) {
        byte[] bytes = bytes(text);
        option(out, code, bytes.length);
        out.put(bytes);
        pad(out, bytes.length);
    }

    private static byte[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= LONGEST_TEXT ? bytes : Arrays.copyOf(bytes, LONGEST_TEXT);
    }

    private static void pad(ByteBuffer out, int length) {
        for (int i = length; (i & 3) != 0; i++) {
            out.put((byte) 0);
        }
    }
}
