// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Writes one DHCP message of bounded size. A value of more than 255 octets becomes consecutive instances of its option
 * (RFC 3396 section 6). An option that does not fit is left out whole, so that what is written is always well formed; room that
 * {@link #reserve} keeps back is for options that come last and must not be crowded out.
 */
public final class DhcpWriter {
    /** BOOTP relays and servers may discard what is shorter (RFC 1542 section 2.1). */
    public static final int MINIMUM_LENGTH = 300;

    private static final int MAX_INSTANCE = 255;

    private final byte[] bytes;
    private final ByteBuffer view;
    private int at = DhcpMessage.HEADER_LENGTH;
    private int reserved = 1; // for the end option

    /** Starts a message of at most {@code maxLength} octets, which is 300 or more. */
    public DhcpWriter(int maxLength) {
        if (maxLength < MINIMUM_LENGTH) {
            throw new IllegalArgumentException("maxLength must be at least 300: maxLength=" + maxLength);
        }
        bytes = new byte[maxLength];
        view = ByteBuffer.wrap(bytes);
        view.putInt(DhcpMessage.COOKIE_OFFSET, DhcpOptions.MAGIC_COOKIE);
    }

    public DhcpWriter op(int op) {
        view.put(0, (byte) op);
        return this;
    }

    public DhcpWriter hardware(int htype, int hlen, byte[] chaddr) {
        view.put(1, (byte) htype).put(2, (byte) hlen);
        System.arraycopy(
                chaddr,
                0,
                bytes,
                DhcpMessage.CHADDR_OFFSET,
                Math.min(chaddr.length, DhcpMessage.MAX_HARDWARE_ADDRESS_LENGTH));
        return this;
    }

    public DhcpWriter xid(int xid) {
        view.putInt(4, xid);
        return this;
    }

    public DhcpWriter secs(int secs) {
        view.putShort(8, (short) secs);
        return this;
    }

    public DhcpWriter flags(int flags) {
        view.putShort(10, (short) flags);
        return this;
    }

    public DhcpWriter ciaddr(int address) {
        view.putInt(12, address);
        return this;
    }

    public DhcpWriter yiaddr(int address) {
        view.putInt(16, address);
        return this;
    }

    public DhcpWriter giaddr(int address) {
        view.putInt(24, address);
        return this;
    }

    /** Keeps room for a value of this many octets, to be given back by {@link #unreserve} before it is written. */
    public boolean reserve(int valueLength) {
        int needed = encodedLength(valueLength);
        if (needed > room()) {
            return false;
        }
        reserved += needed;
        return true;
    }

    public void unreserve(int valueLength) {
        reserved -= encodedLength(valueLength);
    }

    /** Appends an option, or returns false if it does not fit. An empty value is one instance of length 0. */
    public boolean option(int code, byte[] value) {
        if (encodedLength(value.length) > room()) {
            return false;
        }
        int done = 0;
        do {
            int size = Math.min(value.length - done, MAX_INSTANCE);
            bytes[at++] = (byte) code;
            bytes[at++] = (byte) size;
            System.arraycopy(value, done, bytes, at, size);
            at += size;
            done += size;
        } while (done < value.length);
        return true;
    }

    public boolean byteOption(int code, int value) {
        return option(code, new byte[] {(byte) value});
    }

    public boolean shortOption(int code, int value) {
        return option(code, new byte[] {(byte) (value >>> 8), (byte) value});
    }

    public boolean intOption(int code, int value) {
        return option(code, intBytes(value));
    }

    /** Ends the message and returns it, padded to {@link #MINIMUM_LENGTH}. */
    public byte[] finish() {
        bytes[at] = (byte) DhcpOptions.END;
        return Arrays.copyOf(bytes, Math.max(at + 1, MINIMUM_LENGTH));
    }

    /** Four octets in network order. */
    public static byte[] intBytes(int value) {
        return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }

    private int room() {
        return bytes.length - at - reserved;
    }

    /** What an option with a value of this many octets takes. */
    static int encodedLength(int valueLength) {
        int instances = Math.max(1, (valueLength + MAX_INSTANCE - 1) / MAX_INSTANCE);
        return valueLength + 2 * instances;
    }
}
