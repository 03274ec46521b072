// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import java.nio.ByteBuffer;

/**
 * A datagram that was received: its bytes, the path that it came on and what its IP header said. A reusable view, lent
 * to the handler until that returns.
 *
 * <p>The bytes are the handler's to change, from {@link #offset()} to {@code offset() + length()} and nowhere else: what
 * follows may be the next datagram. The setters are for those who provide endpoints.
 */
public final class Datagram implements DatagramPath {

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    private ByteBuffer buffer = NONE;
    private int offset;
    private int length;
    private boolean ipv4;
    private long remoteHigh;
    private long remoteLow;
    private int remoteScope;
    private int remotePort;
    private long localHigh;
    private long localLow;
    private int trafficClass;

    /** Creates a view of no bytes. */
    public Datagram() {}

    /** {@return the memory that the payload is in, big-endian, direct or not} */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** {@return where the payload begins, absolute} */
    public int offset() {
        return offset;
    }

    /** {@return the bytes of the payload, 0 to 65507} */
    public int length() {
        return length;
    }

    @Override
    public boolean isIpv4() {
        return ipv4;
    }

    @Override
    public long remoteHigh() {
        return remoteHigh;
    }

    @Override
    public long remoteLow() {
        return remoteLow;
    }

    @Override
    public int remoteScope() {
        return remoteScope;
    }

    @Override
    public int remotePort() {
        return remotePort;
    }

    @Override
    public long localHigh() {
        return localHigh;
    }

    @Override
    public long localLow() {
        return localLow;
    }

    /** {@return the type of service or traffic class of the IP header; 0 without {@link DatagramFeature#TRAFFIC_CLASS}} */
    public int trafficClass() {
        return trafficClass;
    }

    /** {@return the ECN codepoint of the IP header, 0 to 3 (RFC 3168 section 5); 0 where it is not known} */
    public int ecn() {
        return trafficClass & 3;
    }

    /** {@return a copy of the payload} */
    public byte[] toBytes() {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }

    /**
     * Points the view at a payload.
     *
     * @param memory big-endian
     * @param at where the payload begins, absolute
     * @param bytes its length
     * @return this
     */
    public Datagram payload(ByteBuffer memory, int at, int bytes) {
        buffer = memory;
        offset = at;
        length = bytes;
        return this;
    }

    /**
     * Sets where the datagram came from.
     *
     * @param isIpv4 the family
     * @param high the first 64 bits of the address
     * @param low the last 64 bits of the address
     * @param scope the interface of a link-local address, otherwise 0
     * @param port the port
     * @return this
     */
    public Datagram remote(boolean isIpv4, long high, long low, int scope, int port) {
        ipv4 = isIpv4;
        remoteHigh = high;
        remoteLow = low;
        remoteScope = scope;
        remotePort = port;
        return this;
    }

    /**
     * Sets what the datagram came to.
     *
     * @param high the first 64 bits of the address, 0 if it is not known
     * @param low the last 64 bits of the address, 0 if it is not known
     * @param ipClass the type of service or traffic class, 0 if it is not known
     * @return this
     */
    public Datagram local(long high, long low, int ipClass) {
        localHigh = high;
        localLow = low;
        trafficClass = ipClass;
        return this;
    }

    @Override
    public String toString() {
        return length + " bytes on " + FixedPath.toString(this);
    }
}
