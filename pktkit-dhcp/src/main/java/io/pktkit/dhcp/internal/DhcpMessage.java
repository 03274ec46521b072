// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reusable view of a DHCP message, which is what a UDP datagram carries. Accessors are total: what is not there reads as zero,
 * absent or empty, and nothing outside the view is read.
 *
 * <pre>
 *   0 op  1 htype  2 hlen  3 hops   4 xid   8 secs  10 flags   12 ciaddr  16 yiaddr  20 siaddr  24 giaddr
 *  28 chaddr (16)   44 sname (64)   108 file (128)   236 cookie   240 options
 * </pre>
 *
 * <p>An option is looked for where it may be: in the options, then in {@code file}, then in {@code sname}, as far as option 52
 * opens those (RFC 3396 section 5), and its instances are concatenated (section 7). An option that runs past the end of its area
 * ends that area.
 */
public final class DhcpMessage {
    /** Length up to and including the magic cookie. */
    public static final int HEADER_LENGTH = 240;

    /** Largest hardware address that fits chaddr. */
    public static final int MAX_HARDWARE_ADDRESS_LENGTH = 16;

    static final int SNAME_OFFSET = 44;
    static final int FILE_OFFSET = 108;
    static final int COOKIE_OFFSET = 236;
    static final int CHADDR_OFFSET = 28;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int OVERLOAD_FILE = 1;
    private static final int OVERLOAD_SNAME = 2;

    private ByteBuffer buffer = NOTHING;
    private int offset;
    private int length;
    private int overload;

    public DhcpMessage wrap(ByteBuffer source, int start, int size) {
        boolean inside = start >= 0 && size >= 0 && start <= source.limit() - size;
        buffer = inside ? source : NOTHING;
        offset = inside ? start : 0;
        length = inside ? size : 0;
        overload = 0;
        // Only the options field itself can open the other two: what they hold is not asked again.
        overload = byteOption(DhcpOptions.OVERLOAD);
        return this;
    }

    /** Whether the fixed part is whole and the cookie says that options follow. */
    public boolean isValid() {
        return length >= HEADER_LENGTH && intAt(COOKIE_OFFSET) == DhcpOptions.MAGIC_COOKIE;
    }

    public int op() {
        return byteAt(0);
    }

    public int htype() {
        return byteAt(1);
    }

    public int hlen() {
        return byteAt(2);
    }

    public int xid() {
        return intAt(4);
    }

    public int secs() {
        return byteAt(8) << 8 | byteAt(9);
    }

    public int flags() {
        return byteAt(10) << 8 | byteAt(11);
    }

    public boolean wantsBroadcast() {
        return (flags() & DhcpOptions.FLAG_BROADCAST) != 0;
    }

    public int ciaddr() {
        return intAt(12);
    }

    public int yiaddr() {
        return intAt(16);
    }

    public int siaddr() {
        return intAt(20);
    }

    public int giaddr() {
        return intAt(24);
    }

    /** The first six octets of chaddr. Only what has htype 1 and hlen 6 is a MAC address. */
    public long chaddrMac() {
        return Integer.toUnsignedLong(intAt(CHADDR_OFFSET)) << 16 | byteAt(32) << 8 | byteAt(33);
    }

    public boolean isEthernet() {
        return htype() == DhcpOptions.HTYPE_ETHERNET && hlen() == 6;
    }

    /** The octets of chaddr that hlen names, at most 16. */
    public byte[] hardwareAddress() {
        byte[] address = new byte[Math.min(hlen(), MAX_HARDWARE_ADDRESS_LENGTH)];
        for (int i = 0; i < address.length; i++) {
            address[i] = (byte) byteAt(CHADDR_OFFSET + i);
        }
        return address;
    }

    /** Option 53, or 0 if it is missing or not one octet. */
    public int messageType() {
        return byteOption(DhcpOptions.MESSAGE_TYPE);
    }

    /** The value of an option, its instances concatenated, or null if there is none. */
    public byte @Nullable [] option(int code) {
        int size = collect(code, null);
        if (size < 0) {
            return null;
        }
        byte[] value = new byte[size];
        collect(code, value);
        return value;
    }

    /** An option of one octet; 0 if it is missing or of another length. */
    public int byteOption(int code) {
        return (int) numberOption(code, 1, 0);
    }

    /** An option of two octets; 0 if it is missing or of another length. */
    public int shortOption(int code) {
        return (int) numberOption(code, 2, 0);
    }

    /** An option of four octets, unsigned; -1 if it is missing or of another length. */
    public long intOption(int code) {
        return numberOption(code, 4, -1);
    }

    private long numberOption(int code, int size, long absent) {
        byte[] value = option(code);
        if (value == null || value.length != size) {
            return absent;
        }
        long number = 0;
        for (byte octet : value) {
            number = number << 8 | (octet & 0xFF);
        }
        return number;
    }

    /** Walks all areas; returns the total length or -1, and fills {@code into} if it is given. */
    private int collect(int code, byte @Nullable [] into) {
        if (!isValid()) {
            return -1;
        }
        int size = collectArea(code, HEADER_LENGTH, length, into, -1);
        if ((overload & OVERLOAD_FILE) != 0) {
            size = collectArea(code, FILE_OFFSET, COOKIE_OFFSET, into, size);
        }
        if ((overload & OVERLOAD_SNAME) != 0) {
            size = collectArea(code, SNAME_OFFSET, FILE_OFFSET, into, size);
        }
        return size;
    }

    private int collectArea(int code, int start, int end, byte @Nullable [] into, int sizeSoFar) {
        int size = sizeSoFar;
        int at = start;
        while (end - at >= 2) {
            int kind = byteAt(at);
            if (kind == DhcpOptions.PAD) {
                at++;
                continue;
            }
            if (kind == DhcpOptions.END) {
                break;
            }
            int valueLength = byteAt(at + 1);
            if (valueLength > end - at - 2) {
                break;
            }
            if (kind == code) {
                size = Math.max(size, 0);
                for (int i = 0; into != null && i < valueLength; i++) {
                    into[size + i] = (byte) byteAt(at + 2 + i);
                }
                size += valueLength;
            }
            at += 2 + valueLength;
        }
        return size;
    }

    private int byteAt(int at) {
        return at < length ? buffer.get(offset + at) & 0xFF : 0;
    }

    private int intAt(int at) {
        return byteAt(at) << 24 | byteAt(at + 1) << 16 | byteAt(at + 2) << 8 | byteAt(at + 3);
    }
}
