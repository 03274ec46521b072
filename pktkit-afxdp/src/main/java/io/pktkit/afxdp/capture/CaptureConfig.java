// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.capture;

import io.pktkit.wire.IpFamily;

/** How a capture program is built. It cannot be changed once it runs; what it captures can. Immutable. */
public final class CaptureConfig {

    /** The most rules of one prefix, those of the prefixes around it included. */
    public static final int MAX_RULES = 64;

    private final MatchField match;
    private final boolean arp;
    private final boolean neighborDiscovery;
    private final boolean dropOthers;
    private final int minPrefixIpv4;
    private final int minPrefixIpv6;
    private final int maxPrefixes;
    private final int maxRules;
    private final int maxQueues;

    private CaptureConfig(Builder builder) {
        match = builder.match;
        arp = builder.arp;
        neighborDiscovery = builder.neighborDiscovery;
        dropOthers = builder.dropOthers;
        minPrefixIpv4 = builder.minPrefixIpv4;
        minPrefixIpv6 = builder.minPrefixIpv6;
        maxPrefixes = builder.maxPrefixes;
        maxRules = builder.maxRules;
        maxQueues = builder.maxQueues;
    }

    /**
     * Starts with destinations, ARP and neighbour discovery for them, and all else left to the host.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return which address is looked up} */
    public MatchField match() {
        return match;
    }

    /** {@return whether ARP requests for captured addresses are captured} */
    public boolean arp() {
        return arp;
    }

    /** {@return whether neighbour solicitations for captured addresses are captured} */
    public boolean neighborDiscovery() {
        return neighborDiscovery;
    }

    /** {@return whether what is not captured is dropped, and not left to the host} */
    public boolean dropOthers() {
        return dropOthers;
    }

    /**
     * Tells the shortest prefix that may be captured.
     *
     * @param family of which
     * @return its length, at least 1
     */
    public int minPrefix(IpFamily family) {
        return family == IpFamily.IPV4 ? minPrefixIpv4 : minPrefixIpv6;
    }

    /** {@return how many prefixes of each family may be captured} */
    public int maxPrefixes() {
        return maxPrefixes;
    }

    /** {@return how many rules a prefix may have, those of the prefixes around it included} */
    public int maxRules() {
        return maxRules;
    }

    /** {@return how many queues of the interface the program can lead into} */
    public int maxQueues() {
        return maxQueues;
    }

    /**
     * Makes the same program for another number of queues.
     *
     * @param queues one more than the highest number of a queue
     * @return the settings
     */
    public CaptureConfig withMaxQueues(int queues) {
        return builder()
                .match(match)
                .arp(arp)
                .neighborDiscovery(neighborDiscovery)
                .dropOthers(dropOthers)
                .minPrefix(minPrefixIpv4, minPrefixIpv6)
                .maxPrefixes(maxPrefixes)
                .maxRules(maxRules)
                .maxQueues(queues)
                .build();
    }

    /** Collects the settings of a {@link CaptureConfig}. Not thread-safe. */
    public static final class Builder {

        private MatchField match = MatchField.DESTINATION;
        private boolean arp = true;
        private boolean neighborDiscovery = true;
        private boolean dropOthers;
        private int minPrefixIpv4 = 1;
        private int minPrefixIpv6 = 1;
        private int maxPrefixes = 1024;
        private int maxRules = 8;
        private int maxQueues = 64;

        private Builder() {}

        /**
         * Sets which address is looked up.
         *
         * @param match which
         * @return this
         */
        public Builder match(MatchField match) {
            this.match = match;
            return this;
        }

        /**
         * Sets whether ARP for captured addresses is captured, if they are captured whole. Without, nobody can reach them.
         *
         * @param arp whether it is
         * @return this
         */
        public Builder arp(boolean arp) {
            this.arp = arp;
            return this;
        }

        /**
         * Sets whether neighbour solicitations for captured addresses are captured, if they are captured whole. They are
         * told by the address that they ask for; the group that they are sent to may be the host's too.
         *
         * @param neighborDiscovery whether they are
         * @return this
         */
        public Builder neighborDiscovery(boolean neighborDiscovery) {
            this.neighborDiscovery = neighborDiscovery;
            return this;
        }

        /**
         * Sets whether what is not captured is dropped: the host then gets nothing from the interface any more.
         *
         * @param dropOthers whether it is
         * @return this
         */
        public Builder dropOthers(boolean dropOthers) {
            this.dropOthers = dropOthers;
            return this;
        }

        /**
         * Sets the shortest prefixes that may be captured. A length of 0 never may.
         *
         * @param ipv4 1 to 32
         * @param ipv6 1 to 128
         * @return this
         */
        public Builder minPrefix(int ipv4, int ipv6) {
            this.minPrefixIpv4 = within("ipv4", ipv4, 32);
            this.minPrefixIpv6 = within("ipv6", ipv6, 128);
            return this;
        }

        /**
         * Sets how many prefixes of each family may be captured.
         *
         * @param maxPrefixes 1 to 1 048 576
         * @return this
         */
        public Builder maxPrefixes(int maxPrefixes) {
            this.maxPrefixes = within("maxPrefixes", maxPrefixes, 1 << 20);
            return this;
        }

        /**
         * Sets how many rules a prefix may have. The program grows with it.
         *
         * @param maxRules 1 to {@link #MAX_RULES}
         * @return this
         */
        public Builder maxRules(int maxRules) {
            this.maxRules = within("maxRules", maxRules, MAX_RULES);
            return this;
        }

        /**
         * Sets how many queues the program can lead into: one more than the highest number of a queue.
         *
         * @param maxQueues 1 to 4096
         * @return this
         */
        public Builder maxQueues(int maxQueues) {
            this.maxQueues = within("maxQueues", maxQueues, 4096);
            return this;
        }

        /**
         * Ends the collection.
         *
         * @return the settings so far
         */
        public CaptureConfig build() {
            return new CaptureConfig(this);
        }

        private static int within(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " must be in [1, " + most + "]: " + name + "=" + value);
            }
            return value;
        }
    }
}
