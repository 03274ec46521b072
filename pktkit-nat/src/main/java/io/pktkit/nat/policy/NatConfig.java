// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.KeyedHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** What a NAT is made with. Immutable. */
public final class NatConfig {

    private final Set<IpAddress> outside;
    private final Map<Integer, Filtering> filtering;
    private final NatTimeouts timeouts;
    private final NatLimits limits;
    private final List<IpPrefix> excluded;
    private final List<Prefix64> prefixes64;
    private final List<NatHelper> helpers;
    private final int firstPort;
    private final int lastPort;
    private final boolean preservePorts;
    private final boolean reassemble;
    private final int hostPrefixIpv6;
    private final LongSupplier random;

    private NatConfig(Builder from) {
        this.outside = new LinkedHashSet<>(from.outside);
        this.filtering = Map.copyOf(from.filtering);
        this.timeouts = from.timeouts;
        this.limits = from.limits;
        this.excluded = List.copyOf(from.excluded);
        this.prefixes64 = List.copyOf(from.prefixes64);
        this.helpers = List.copyOf(from.helpers);
        this.firstPort = from.firstPort;
        this.lastPort = from.lastPort;
        this.preservePorts = from.preservePorts;
        this.reassemble = from.reassemble;
        this.hostPrefixIpv6 = from.hostPrefixIpv6;
        this.random = from.random;
    }

    /**
     * Begins a configuration with the defaults of the RFCs.
     *
     * @param outside the IPv4 address that the NAT has outside; more can be added
     * @return a builder
     */
    public static Builder builder(IpAddress outside) {
        return new Builder().outside(outside);
    }

    /** {@return the addresses outside} */
    public Set<IpAddress> outside() {
        return outside;
    }

    /**
     * Tells who may come in.
     *
     * @param protocol a protocol number
     * @return the filtering of its mappings
     */
    public Filtering filtering(int protocol) {
        return filtering.getOrDefault(protocol, Filtering.ENDPOINT_INDEPENDENT);
    }

    /** {@return how long things are remembered} */
    public NatTimeouts timeouts() {
        return timeouts;
    }

    /** {@return how much is held} */
    public NatLimits limits() {
        return limits;
    }

    /** {@return the destinations whose packets are not translated} */
    public List<IpPrefix> excluded() {
        return excluded;
    }

    /** {@return the IPv6 prefixes that stand for IPv4; none without NAT64} */
    public List<Prefix64> prefixes64() {
        return prefixes64;
    }

    /** {@return the application layer gateways; none unless asked for} */
    public List<NatHelper> helpers() {
        return helpers;
    }

    /** {@return the first port that is drawn} */
    public int firstPort() {
        return firstPort;
    }

    /** {@return the last port that is drawn} */
    public int lastPort() {
        return lastPort;
    }

    /** {@return whether a host keeps its own port where that is free} */
    public boolean preservePorts() {
        return preservePorts;
    }

    /** {@return whether fragments are put together before they are translated} */
    public boolean reassemble() {
        return reassemble;
    }

    /** {@return how many bits of an IPv6 address make a host} */
    public int hostPrefixIpv6() {
        return hostPrefixIpv6;
    }

    /** {@return where randomness comes from} */
    public LongSupplier random() {
        return random;
    }

    /** Collects a configuration. Not thread-safe. */
    public static final class Builder {

        private final Set<IpAddress> outside = new LinkedHashSet<>();
        private final Map<Integer, Filtering> filtering = new HashMap<>();
        private NatTimeouts timeouts = NatTimeouts.DEFAULT;
        private NatLimits limits = NatLimits.DEFAULT;
        private final List<IpPrefix> excluded = new ArrayList<>();
        private final List<Prefix64> prefixes64 = new ArrayList<>();
        private final List<NatHelper> helpers = new ArrayList<>();
        private int firstPort = 10_000;
        private int lastPort = 65_535;
        private boolean preservePorts = true;
        private boolean reassemble;
        private int hostPrefixIpv6 = 64;
        private LongSupplier random = secretSequence();

        private Builder() {}

        /** A keyed hash of a count: unguessable without its secret, and much cheaper than the system's randomness. */
        private static LongSupplier secretSequence() {
            KeyedHash secret = new KeyedHash();
            return new LongSupplier() {
                private long count;

                @Override
                public long getAsLong() {
                    return secret.of(count++);
                }
            };
        }

        /**
         * Adds an address outside. A host keeps the one that it is given first (RFC 4787 REQ-2).
         *
         * @param address a unicast IPv4 address
         * @return this
         */
        public Builder outside(IpAddress address) {
            if (!Addresses.isForwardable(address)) {
                throw new IllegalArgumentException("outside must be a unicast IPv4 address: outside=" + address);
            }
            outside.add(address);
            return this;
        }

        /**
         * Decides who may come in, for all protocols.
         *
         * @param mode the filtering
         * @return this
         */
        public Builder filtering(Filtering mode) {
            return filtering(IpProtocol.TCP, mode)
                    .filtering(IpProtocol.UDP, mode)
                    .filtering(IpProtocol.ICMP, mode);
        }

        /**
         * Decides who may come in to the mappings of a protocol.
         *
         * @param protocol TCP, UDP or ICMP
         * @param mode the filtering
         * @return this
         */
        public Builder filtering(int protocol, Filtering mode) {
            if (protocol != IpProtocol.TCP && protocol != IpProtocol.UDP && protocol != IpProtocol.ICMP) {
                throw new IllegalArgumentException("protocol must be TCP, UDP or ICMP: protocol=" + protocol);
            }
            filtering.put(protocol, mode);
            return this;
        }

        /**
         * Decides how long things are remembered.
         *
         * @param values the times
         * @return this
         */
        public Builder timeouts(NatTimeouts values) {
            timeouts = values;
            return this;
        }

        /**
         * Decides how much is held.
         *
         * @param values the limits
         * @return this
         */
        public Builder limits(NatLimits values) {
            limits = values;
            return this;
        }

        /**
         * Leaves packets to a destination as they are, but for the hop limit, and lets those from it in to the addresses
         * of an inside network (RFC 6888 REQ-6).
         *
         * @param destination an IPv4 prefix
         * @return this
         */
        public Builder exclude(IpPrefix destination) {
            excluded.add(destination);
            return this;
        }

        /**
         * Translates what IPv6 hosts inside send to a prefix to IPv4 outside (NAT64, RFC 6146). There may be several.
         *
         * @param prefix the prefix
         * @return this
         */
        public Builder prefix64(Prefix64 prefix) {
            prefixes64.add(prefix);
            return this;
        }

        /**
         * Adds an application layer gateway. There are none unless asked for (RFC 4787 REQ-10, RFC 5382 REQ-6). Of
         * several that want a flow, the first gets it.
         *
         * @param helper the helper
         * @return this
         */
        public Builder helper(NatHelper helper) {
            helpers.add(helper);
            return this;
        }

        /**
         * Decides which ports are drawn when a host cannot keep its own.
         *
         * @param first 1024 or more
         * @param last up to 65535
         * @return this
         */
        public Builder ports(int first, int last) {
            if (first < 1024 || last > 65_535 || last - first < 1) {
                throw new IllegalArgumentException(
                        "ports must be two or more in [1024, 65535]: first=" + first + " last=" + last);
            }
            firstPort = first;
            lastPort = last;
            return this;
        }

        /**
         * Decides whether a host keeps its own port where that is free, as it does unless told otherwise. Without it all
         * ports are drawn at random, of the parity of the host's own.
         *
         * @param keep whether it does
         * @return this
         */
        public Builder preservePorts(boolean keep) {
            preservePorts = keep;
            return this;
        }

        /**
         * Decides whether fragments are put together before they are translated, within {@link NatLimits#fragmentBytes()} of each
         * side. Helpers then see what came in fragments, and what is never complete goes nowhere. Without it, as unless told
         * otherwise, fragments are translated one by one, and little is kept of them.
         *
         * @param whole whether they are
         * @return this
         */
        public Builder reassemble(boolean whole) {
            reassemble = whole;
            return this;
        }

        /**
         * Decides what an IPv6 host is, for limits and pairing.
         *
         * @param bits 32 to 128; 64 unless told otherwise
         * @return this
         */
        public Builder hostPrefixIpv6(int bits) {
            if (bits < 32 || bits > 128) {
                throw new IllegalArgumentException("hostPrefixIpv6 must be in [32, 128]: hostPrefixIpv6=" + bits);
            }
            hostPrefixIpv6 = bits;
            return this;
        }

        /**
         * Gives the randomness of ports and identifications, for tests that must repeat. What is guessable lets strangers
         * inject packets (RFC 6056).
         *
         * @param source called by whoever calls the engine
         * @return this
         */
        public Builder random(LongSupplier source) {
            random = source;
            return this;
        }

        /** {@return the configuration} */
        public NatConfig build() {
            return new NatConfig(this);
        }
    }
}
