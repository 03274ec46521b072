// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a {@link DhcpClient} says about itself and how it behaves. Immutable. */
public final class DhcpClientConfig {
    private final MacAddress mac;
    private final @Nullable String hostname;
    private final byte[] clientIdentifier;
    private final int previousAddress;
    private final boolean arpProbe;
    private final int maximumMessageSize;
    private final @Nullable RandomGenerator jitter;

    private DhcpClientConfig(Builder builder) {
        mac = builder.mac;
        hostname = builder.hostname;
        clientIdentifier = builder.clientIdentifier;
        previousAddress = builder.previousAddress;
        arpProbe = builder.arpProbe;
        maximumMessageSize = builder.maximumMessageSize;
        jitter = builder.jitter;
    }

    /**
     * Starts a configuration.
     *
     * @param mac the station that asks, a unicast address
     * @return a builder with the defaults: no host name, no client identifier, probing
     * @throws IllegalArgumentException if the address is zero or a group's
     */
    public static Builder builder(MacAddress mac) {
        return new Builder(mac);
    }

    /** {@return the MAC address of the host that asks} */
    public MacAddress mac() {
        return mac;
    }

    @Nullable
    String hostname() {
        return hostname;
    }

    /** Empty if none is sent. The array is not to be changed. */
    byte[] clientIdentifier() {
        return clientIdentifier;
    }

    /** 0 if there is none. */
    int previousAddress() {
        return previousAddress;
    }

    boolean arpProbe() {
        return arpProbe;
    }

    int maximumMessageSize() {
        return maximumMessageSize;
    }

    RandomGenerator jitter() {
        return jitter == null ? new SplittableRandom() : jitter;
    }

    /** Collects the configuration. Not for use by several threads. */
    public static final class Builder {
        private final MacAddress mac;
        private @Nullable String hostname;
        private byte[] clientIdentifier = {};
        private int previousAddress;
        private boolean arpProbe = true;
        private int maximumMessageSize = 1500;
        private @Nullable RandomGenerator jitter;

        private Builder(MacAddress mac) {
            if (!mac.isUnicast() || mac.equals(MacAddress.ZERO)) {
                throw new IllegalArgumentException("mac must be the address of one station: mac=" + mac);
            }
            this.mac = mac;
        }

        /**
         * The name that the server is told (option 12).
         *
         * @param name letters, digits, hyphens and dots, labels of at most 63
         * @return this
         * @throws IllegalArgumentException if it is not such a name
         */
        public Builder hostname(String name) {
            if (!DomainNames.isValid(name)) {
                throw new IllegalArgumentException(
                        "hostname must be labels of letters, digits and hyphens, joined by dots: hostname=" + name);
            }
            hostname = name;
            return this;
        }

        /**
         * The client identifier (option 61). By default none is sent and the server knows the client by its MAC address.
         *
         * @param identifier 2 to 255 octets, the first being the type (RFC 2132 section 9.14)
         * @return this
         * @throws IllegalArgumentException if it has another length
         */
        public Builder clientIdentifier(byte[] identifier) {
            if (identifier.length < 2 || identifier.length > 255) {
                throw new IllegalArgumentException(
                        "clientIdentifier must have 2 to 255 octets: length=" + identifier.length);
            }
            clientIdentifier = identifier.clone();
            return this;
        }

        /**
         * The address that the host had in an earlier run, before it was started again or its link came back. Each start of the
         * client asks for it first (INIT-REBOOT, RFC 2131 section 3.2). A server that refuses, or none that answers within some
         * twelve seconds, and the client asks as if it had none. By default there is none.
         *
         * @param address such as {@link Lease#address()} of a lease that was held
         * @return this
         * @throws IllegalArgumentException if it is not the IPv4 address of a host
         */
        public Builder previousAddress(IpAddress address) {
            if (!address.isIpv4() || !DhcpPackets.isUsableHost(address.toIpv4Bits())) {
                throw new IllegalArgumentException(
                        "previousAddress must be the IPv4 address of a host: previousAddress=" + address);
            }
            previousAddress = address.toIpv4Bits();
            return this;
        }

        /**
         * Whether a new address is probed for before it is used, which takes four seconds, and announced afterwards; and one that
         * is kept on a link that may be another, while it is used. On by default.
         *
         * @param probe false for links without ARP, or where the wait matters more than a conflict
         * @return this
         */
        public Builder arpProbe(boolean probe) {
            arpProbe = probe;
            return this;
        }

        /**
         * The longest IPv4 packet that a server may send (option 57). 1500 by default.
         *
         * @param size in bytes, 576 to 65535
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder maximumMessageSize(int size) {
            if (size < 576 || size > 65535) {
                throw new IllegalArgumentException(
                        "maximumMessageSize must be in [576, 65535]: maximumMessageSize=" + size);
            }
            maximumMessageSize = size;
            return this;
        }

        /**
         * Where the jitter of timers comes from; a seeded generator makes a client repeatable. Transaction ids are not taken
         * from it: those must not be guessed. It is used under the client's lock.
         *
         * @param random the generator
         * @return this
         */
        public Builder jitter(RandomGenerator random) {
            jitter = random;
            return this;
        }

        /**
         * Makes the configuration.
         *
         * @return what was collected
         */
        public DhcpClientConfig build() {
            return new DhcpClientConfig(this);
        }
    }
}
