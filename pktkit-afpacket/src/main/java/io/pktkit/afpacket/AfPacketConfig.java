// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.nativeio.Ifreq;

/** What an {@link AfPacket} is opened with. Immutable. */
public final class AfPacketConfig {

    /** The most threads that one device reads with. */
    public static final int MAX_THREADS = 64;

    /** Some thousand frames: what comes while a reader is kept from running for a moment. */
    private static final int DEFAULT_RECEIVE_BUFFER = 4 << 20;

    private static final int MIN_RECEIVE_BUFFER = 4096;

    private final String interfaceName;
    private final boolean promiscuous;
    private final boolean outgoing;
    private final boolean offload;
    private final int threads;
    private final int receiveBuffer;

    private AfPacketConfig(Builder builder) {
        interfaceName = builder.interfaceName;
        promiscuous = builder.promiscuous;
        outgoing = builder.outgoing;
        offload = builder.offload;
        threads = builder.threads;
        receiveBuffer = builder.receiveBuffer;
    }

    /**
     * Starts with one thread, frames for this station only, none of the host's own, and super-segments as they come.
     *
     * @param interfaceName the interface, 1 to 15 bytes
     * @return a new builder
     */
    public static Builder builder(String interfaceName) {
        return new Builder(interfaceName);
    }

    /** {@return the name of the interface} */
    public String interfaceName() {
        return interfaceName;
    }

    /** {@return whether frames for other stations are received too} */
    public boolean promiscuous() {
        return promiscuous;
    }

    /** {@return whether what the host sends by the interface is received too} */
    public boolean outgoing() {
        return outgoing;
    }

    /** {@return whether super-segments and frames without a checksum are delivered as they are} */
    public boolean offload() {
        return offload;
    }

    /** {@return how many threads read} */
    public int threads() {
        return threads;
    }

    /** {@return the room for frames not yet read, in bytes, for each thread} */
    public int receiveBuffer() {
        return receiveBuffer;
    }

    /** Collects the settings of an {@link AfPacketConfig}. Not thread-safe. */
    public static final class Builder {

        private final String interfaceName;
        private boolean promiscuous;
        private boolean outgoing;
        private boolean offload = true;
        private int threads = 1;
        private int receiveBuffer = DEFAULT_RECEIVE_BUFFER;

        private Builder(String interfaceName) {
            Ifreq.checkName(interfaceName);
            this.interfaceName = interfaceName;
        }

        /**
         * Sets whether frames for other stations are received too: what a hub with guests behind it needs.
         *
         * @param promiscuous whether they are
         * @return this
         */
        public Builder promiscuous(boolean promiscuous) {
            this.promiscuous = promiscuous;
            return this;
        }

        /**
         * Sets whether what the host itself sends by the interface is received too. It leaves by the interface in any case;
         * a hub that sees it would take the host for a station that it can reach. What the device itself sends never
         * comes back.
         *
         * @param outgoing whether it is
         * @return this
         */
        public Builder outgoing(boolean outgoing) {
            this.outgoing = outgoing;
            return this;
        }

        /**
         * Sets whether super-segments and frames without their checksum are delivered as they are, or finished first.
         *
         * @param offload whether they are delivered as they are
         * @return this
         */
        public Builder offload(boolean offload) {
            this.offload = offload;
            return this;
        }

        /**
         * Sets how many threads read. With more than one the receiver is called by several at once, the frames of a flow
         * always by the same.
         *
         * @param threads 1 to {@link #MAX_THREADS}
         * @return this
         */
        public Builder threads(int threads) {
            if (threads < 1 || threads > MAX_THREADS) {
                throw new IllegalArgumentException("threads must be in [1, " + MAX_THREADS + "]: threads=" + threads);
            }
            this.threads = threads;
            return this;
        }

        /**
         * Sets the room for frames not yet read. Without CAP_NET_ADMIN the system's {@code net.core.rmem_max} bounds it.
         *
         * @param bytes at least 4096; the kernel's own bookkeeping counts
         * @return this
         */
        public Builder receiveBuffer(int bytes) {
            if (bytes < MIN_RECEIVE_BUFFER) {
                throw new IllegalArgumentException(
                        "receiveBuffer must be at least " + MIN_RECEIVE_BUFFER + ": receiveBuffer=" + bytes);
            }
            this.receiveBuffer = bytes;
            return this;
        }

        /**
         * Ends the collection.
         *
         * @return the settings so far
         */
        public AfPacketConfig build() {
            return new AfPacketConfig(this);
        }
    }
}
