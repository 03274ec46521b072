// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import io.pktkit.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a PCP server does besides giving hosts ports of their own.
 *
 * @param peer whether hosts may keep the mappings that they make by sending (PEER, RFC 6887 section 12)
 * @param thirdParty who may ask for others (THIRD_PARTY, RFC 6887 section 13.1); null if nobody may
 */
public record PcpPolicy(boolean peer, @Nullable ThirdParty thirdParty) {

    /** PEER for all; nobody asks for others, as the RFC recommends for networks whose hosts are not trusted. */
    public static final PcpPolicy DEFAULT = new PcpPolicy(true, null);

    /** Decides who may ask for whom. */
    @FunctionalInterface
    public interface ThirdParty {

        /**
         * Decides whether a host may have ports opened for another one, and closed.
         *
         * @param namespace the number of the namespace of both
         * @param client who asks, a host of the link's own network
         * @param host for whom
         * @return whether it may
         */
        boolean mayAskFor(int namespace, IpAddress client, IpAddress host);
    }

    /**
     * The same with or without PEER.
     *
     * @param is whether hosts may keep the mappings that they make by sending
     * @return the policy
     */
    public PcpPolicy withPeer(boolean is) {
        return new PcpPolicy(is, thirdParty);
    }

    /**
     * The same with another say in who may ask for others.
     *
     * @param who decides; null if nobody may
     * @return the policy
     */
    public PcpPolicy withThirdParty(@Nullable ThirdParty who) {
        return new PcpPolicy(peer, who);
    }
}
