// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

/**
 * How much a NAT holds at most (RFC 6888 REQ-4 and REQ-5). What is over a limit is refused in constant time; nothing that
 * is used is ever removed to make room (REQ-11). A host is an IPv4 address, or the /64 of an IPv6 address.
 * One namespace has at most half of the sessions, of the expectations, and of what is for fragments, so that it leaves some
 * to the others; so has the outside of what is for fragments. Mappings and sessions of remotes that no inside host has spoken
 * to are counted apart, up to an eighth of each limit: those remotes use up nothing that the hosts need, and past that their
 * packets pass unremembered.
 *
 * @param mappings mappings in all
 * @param mappingsPerNamespace mappings of one namespace, whatever addresses it uses
 * @param mappingsPerHost mappings of one host
 * @param newMappingsPerSecond mappings that one host may begin in a second; ten times as many in a burst
 * @param sessions remotes that are remembered in all; traffic with others passes, but keeps nothing alive
 * @param sessionsPerHost remotes that are remembered of one host
 * @param sessionsPerMapping remotes that are remembered of one mapping
 * @param expectations openings by helpers that nobody has used yet, in all; over it the oldest of the host with most goes
 * @param expectationsPerHost openings by helpers that nobody has used yet, of one host; over it the oldest goes
 * @param heldSyns unsolicited SYNs that wait for their answer
 * @param fragmentedDatagrams datagrams whose fragments are followed, while some are missing
 * @param fragmentBytes bytes that fragments hold which came before their first, with what it takes to keep them
 */
public record NatLimits(
        int mappings,
        int mappingsPerNamespace,
        int mappingsPerHost,
        int newMappingsPerSecond,
        int sessions,
        int sessionsPerHost,
        int sessionsPerMapping,
        int expectations,
        int expectationsPerHost,
        int heldSyns,
        int fragmentedDatagrams,
        int fragmentBytes) {

    /** What a gateway of some hundred hosts needs. */
    public static final NatLimits DEFAULT =
            new NatLimits(262_144, 131_072, 16_384, 10_000, 262_144, 65_536, 1024, 8192, 128, 1024, 1024, 1 << 20);

    /**
     * Checks the limits.
     *
     * @param mappings 1 or more
     * @param mappingsPerNamespace 1 or more
     * @param mappingsPerHost 1 or more
     * @param newMappingsPerSecond 1 to 1 000 000
     * @param sessions 1 or more
     * @param sessionsPerHost 1 or more
     * @param sessionsPerMapping 1 or more
     * @param expectations 0 or more
     * @param expectationsPerHost 0 or more
     * @param heldSyns 0 or more
     * @param fragmentedDatagrams 1 or more
     * @param fragmentBytes 0 or more
     */
    public NatLimits {
        atLeast(1, "mappings", mappings);
        atLeast(1, "mappingsPerNamespace", mappingsPerNamespace);
        atLeast(1, "mappingsPerHost", mappingsPerHost);
        atLeast(1, "newMappingsPerSecond", newMappingsPerSecond);
        atLeast(1, "sessions", sessions);
        atLeast(1, "sessionsPerHost", sessionsPerHost);
        atLeast(1, "sessionsPerMapping", sessionsPerMapping);
        atLeast(0, "expectations", expectations);
        atLeast(0, "expectationsPerHost", expectationsPerHost);
        atLeast(0, "heldSyns", heldSyns);
        atLeast(1, "fragmentedDatagrams", fragmentedDatagrams);
        atLeast(0, "fragmentBytes", fragmentBytes);
        if (newMappingsPerSecond > 1_000_000) {
            throw new IllegalArgumentException(
                    "newMappingsPerSecond must be at most 1000000: newMappingsPerSecond=" + newMappingsPerSecond);
        }
    }

    private static void atLeast(int least, String name, int value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + name + "=" + value);
        }
    }

    /**
     * Changes how many mappings there may be.
     *
     * @param total see {@link #mappings()}
     * @param perNamespace see {@link #mappingsPerNamespace()}
     * @param perHost see {@link #mappingsPerHost()}
     * @return the changed copy
     */
    public NatLimits withMappings(int total, int perNamespace, int perHost) {
        return new NatLimits(
                total,
                perNamespace,
                perHost,
                newMappingsPerSecond,
                sessions,
                sessionsPerHost,
                sessionsPerMapping,
                expectations,
                expectationsPerHost,
                heldSyns,
                fragmentedDatagrams,
                fragmentBytes);
    }

    /**
     * Changes how fast a host may begin mappings.
     *
     * @param perSecond see {@link #newMappingsPerSecond()}
     * @return the changed copy
     */
    public NatLimits withMappingRate(int perSecond) {
        return new NatLimits(
                mappings,
                mappingsPerNamespace,
                mappingsPerHost,
                perSecond,
                sessions,
                sessionsPerHost,
                sessionsPerMapping,
                expectations,
                expectationsPerHost,
                heldSyns,
                fragmentedDatagrams,
                fragmentBytes);
    }

    /**
     * Changes how many remotes are remembered.
     *
     * @param total see {@link #sessions()}
     * @param perHost see {@link #sessionsPerHost()}
     * @param perMapping see {@link #sessionsPerMapping()}
     * @return the changed copy
     */
    public NatLimits withSessions(int total, int perHost, int perMapping) {
        return new NatLimits(
                mappings,
                mappingsPerNamespace,
                mappingsPerHost,
                newMappingsPerSecond,
                total,
                perHost,
                perMapping,
                expectations,
                expectationsPerHost,
                heldSyns,
                fragmentedDatagrams,
                fragmentBytes);
    }

    /**
     * Changes how much of fragments is held.
     *
     * @param datagrams see {@link #fragmentedDatagrams()}
     * @param bytes see {@link #fragmentBytes()}
     * @return the changed copy
     */
    public NatLimits withFragments(int datagrams, int bytes) {
        return new NatLimits(
                mappings,
                mappingsPerNamespace,
                mappingsPerHost,
                newMappingsPerSecond,
                sessions,
                sessionsPerHost,
                sessionsPerMapping,
                expectations,
                expectationsPerHost,
                heldSyns,
                datagrams,
                bytes);
    }
}
