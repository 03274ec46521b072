// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

/**
 * How much a {@link Slirp} may hold. A namespace that is alone gets all of it, among several each gets as much as it leaves for the
 * next; and so do the sources behind one. A UDP endpoint that has had no answer yet makes room for others first, and so does a
 * connection whose handshake the guest has not completed. The bytes that guests and remotes can make the gateway hold are bounded
 * by the budget in the settings of TCP, or by an eighth of the heap, and shared in the same way.
 *
 * @param namespaces connected devices
 * @param tcpConnections TCP connections to the host's network, each one socket
 * @param dialing connections being dialled; beyond it a SYN is left unanswered, and the guest asks again a second later
 * @param udpMappings guest UDP endpoints, each one socket
 * @param udpPeers remotes that one UDP endpoint may hear from; beyond it the one it sent to longest ago is forgotten
 */
public record SlirpLimits(int namespaces, int tcpConnections, int dialing, int udpMappings, int udpPeers) {
    /** 256 namespaces, 16384 connections, 1024 being dialled, 8192 UDP endpoints of 64 remotes each. */
    public static final SlirpLimits DEFAULT = new SlirpLimits(256, 16384, 1024, 8192, 64);

    /**
     * Checks that each is at least 1.
     *
     * @param namespaces at least 1
     * @param tcpConnections at least 1
     * @param dialing at least 1
     * @param udpMappings at least 1
     * @param udpPeers at least 1
     * @throws IllegalArgumentException if one is out of its range
     */
    public SlirpLimits {
        atLeastOne("namespaces", namespaces);
        atLeastOne("tcpConnections", tcpConnections);
        atLeastOne("dialing", dialing);
        atLeastOne("udpMappings", udpMappings);
        atLeastOne("udpPeers", udpPeers);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1: " + name + "=" + value);
        }
    }
}
