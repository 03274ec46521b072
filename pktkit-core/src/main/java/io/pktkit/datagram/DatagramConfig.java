// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** What an endpoint is bound to, and its sizes. Immutable. */
public final class DatagramConfig {

    /** The longest payload of a datagram over IPv4: 65535 less 20 and 8 bytes of headers. */
    public static final int MAX_PAYLOAD = 65_507;

    /** What the socket buffers are asked to hold: the 7 MiB that WireGuard implementations use. */
    public static final int DEFAULT_SOCKET_BUFFER = 7 << 20;

    private final Map<IpFamily, IpAddress> addresses;
    private final int scope;
    private final int port;
    private final int receiveBuffer;
    private final int sendBuffer;
    private final int largestDatagram;
    private final int maxBatches;
    private final OffloadMode offload;

    private DatagramConfig(Builder builder) {
        addresses = Collections.unmodifiableMap(new EnumMap<>(builder.addresses));
        scope = builder.scope;
        port = builder.port;
        receiveBuffer = builder.receiveBuffer;
        sendBuffer = builder.sendBuffer;
        largestDatagram = builder.largestDatagram;
        maxBatches = builder.maxBatches;
        offload = builder.offload;
    }

    /** {@return a builder of an endpoint on all addresses of both families, on a port of the system's choice} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes the same configuration for another port.
     *
     * @param number 0 to 65535
     * @return the copy
     */
    public DatagramConfig withPort(int number) {
        return new DatagramConfig(new Builder(this).port(number));
    }

    /** {@return the addresses to bind, one of a family; none means all addresses of each family that the system has} */
    public Map<IpFamily, IpAddress> addresses() {
        return addresses;
    }

    /** {@return the interface index of a link-local IPv6 address, otherwise 0} */
    public int scope() {
        return scope;
    }

    /** {@return the port, the same for both families; 0 lets the system choose one that is free in both} */
    public int port() {
        return port;
    }

    /** {@return what the kernel is asked to buffer of received datagrams, in bytes; it may give less} */
    public int receiveBuffer() {
        return receiveBuffer;
    }

    /** {@return what the kernel is asked to buffer of sent datagrams, in bytes; it may give less} */
    public int sendBuffer() {
        return sendBuffer;
    }

    /** {@return the longest payload that is received; longer datagrams are dropped and counted} */
    public int largestDatagram() {
        return largestDatagram;
    }

    /** {@return how many threads can fill a {@link DatagramBatch} at the same time} */
    public int maxBatches() {
        return maxBatches;
    }

    /** {@return whether the kernel may cut and join datagrams} */
    public OffloadMode offload() {
        return offload;
    }

    /** Collects what differs from the defaults. Not for several threads. */
    public static final class Builder {

        private final Map<IpFamily, IpAddress> addresses = new EnumMap<>(IpFamily.class);
        private int scope;
        private int port;
        private int receiveBuffer = DEFAULT_SOCKET_BUFFER;
        private int sendBuffer = DEFAULT_SOCKET_BUFFER;
        private int largestDatagram = MAX_PAYLOAD;
        private int maxBatches = Math.min(64, 8 + 2 * Runtime.getRuntime().availableProcessors());
        private OffloadMode offload = OffloadMode.AUTO;

        private Builder() {}

        private Builder(DatagramConfig from) {
            addresses.putAll(from.addresses);
            scope = from.scope;
            port = from.port;
            receiveBuffer = from.receiveBuffer;
            sendBuffer = from.sendBuffer;
            largestDatagram = from.largestDatagram;
            maxBatches = from.maxBatches;
            offload = from.offload;
        }

        /**
         * Binds an address in place of all; one of each family may be given. The unspecified address, 0.0.0.0 or ::,
         * means all addresses of its family.
         *
         * @param address the address, of this host
         * @return this
         */
        public Builder address(IpAddress address) {
            if (address.isMulticast() || address.isIpv4Mapped()) {
                throw new IllegalArgumentException("an address of this host is needed: address=" + address);
            }
            addresses.put(address.family(), address);
            return this;
        }

        /**
         * Names the interface of a link-local IPv6 address that is bound.
         *
         * @param interfaceIndex its index, positive
         * @return this
         */
        public Builder scope(int interfaceIndex) {
            scope = in("interfaceIndex", interfaceIndex, 1, Integer.MAX_VALUE);
            return this;
        }

        /**
         * Binds a port. Default 0: the system chooses.
         *
         * @param number 0 to 65535
         * @return this
         */
        public Builder port(int number) {
            port = in("port", number, 0, 65_535);
            return this;
        }

        /**
         * Asks for room in the kernel for what was received. Default {@link #DEFAULT_SOCKET_BUFFER}.
         *
         * @param bytes 4 KiB to 1 GiB
         * @return this
         */
        public Builder receiveBuffer(int bytes) {
            receiveBuffer = in("receiveBuffer", bytes, 4 << 10, 1 << 30);
            return this;
        }

        /**
         * Asks for room in the kernel for what was sent. Default {@link #DEFAULT_SOCKET_BUFFER}.
         *
         * @param bytes 4 KiB to 1 GiB
         * @return this
         */
        public Builder sendBuffer(int bytes) {
            sendBuffer = in("sendBuffer", bytes, 4 << 10, 1 << 30);
            return this;
        }

        /**
         * Limits what is received. Default {@link #MAX_PAYLOAD}, which is all there is.
         *
         * @param bytes of payload, 1 to 65507; a lower limit saves memory where datagrams do not arrive joined
         * @return this
         */
        public Builder largestDatagram(int bytes) {
            largestDatagram = in("largestDatagram", bytes, 1, MAX_PAYLOAD);
            return this;
        }

        /**
         * Limits how many threads can fill a batch at the same time; who comes then drops. Each that was ever needed
         * holds {@link DatagramBatch#CAPACITY} bytes. Default twice the processors and 8 more, at most 64.
         *
         * @param count 1 to 1024
         * @return this
         */
        public Builder maxBatches(int count) {
            maxBatches = in("maxBatches", count, 1, 1024);
            return this;
        }

        /**
         * Chooses whether the kernel may cut and join datagrams. Default {@link OffloadMode#AUTO}.
         *
         * @param mode the choice
         * @return this
         */
        public Builder offload(OffloadMode mode) {
            offload = mode;
            return this;
        }

        /** {@return the configuration} */
        public DatagramConfig build() {
            return new DatagramConfig(this);
        }

        private static int in(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException("out of " + least + " to " + most + ": " + name + "=" + value);
            }
            return value;
        }
    }
}
