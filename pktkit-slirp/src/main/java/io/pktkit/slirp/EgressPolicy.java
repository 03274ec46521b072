// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.slirp.internal.PublicInternet;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;

/**
 * Which destinations guests may reach. Asked once for each TCP connection, and for datagrams once for those that one port of a
 * guest sends to one destination at the same time; with the address a socket would really be connected to: after every mapping, and
 * never in the IPv4-mapped form {@code ::ffff:a.b.c.d}.
 *
 * <p>Not every destination is a policy's to judge. Addresses that name no single host are never reached; then the host's own
 * addresses, its loopback among them, and the metadata services of clouds are denied, in each form that carries them, whatever policies
 * say and however they are combined. Only {@link #unrestricted} and {@link #includingHost} open these.
 *
 * <p>Called on the stack's one socket thread and, for datagrams, on the threads that bring what guests send, several at a time, with no
 * lock held: it must answer at once. A policy that throws denies.
 */
@FunctionalInterface
public interface EgressPolicy {
    /**
     * Judges a destination.
     *
     * @param protocol {@link io.pktkit.wire.IpProtocol#TCP} or {@link io.pktkit.wire.IpProtocol#UDP}
     * @param destination the canonical address
     * @param port 1 to 65535
     * @return whether guests may reach it
     */
    boolean allows(int protocol, IpAddress destination, int port);

    /**
     * Whether the host's own addresses and metadata services are this policy's to judge too. No combination of policies is; it must
     * be said of the whole.
     *
     * @return false, unless it is {@link #unrestricted} or was made by {@link #includingHost}
     */
    default boolean includesHost() {
        return false;
    }

    /**
     * Lets this policy judge the host's own addresses and metadata services too. Single ports of the host are better opened by
     * {@link SlirpConfig.Builder#allowHost(int)}.
     *
     * @return a policy that allows what this one does
     */
    default EgressPolicy includingHost() {
        return new HostPolicy(this);
    }

    /**
     * The default: public unicast addresses that are not the host's own. Denied are loopback, link-local (which the metadata
     * services are in), private, shared and unique-local addresses, the unspecified address, multicast, broadcast, and all that is
     * reserved; of the forms that carry an IPv4 address in an IPv6 one (NAT64 {@code 64:ff9b::/96}, 6to4) the IPv4 address decides
     * as well, and forms whose inner address cannot be told (Teredo, local-use NAT64) are denied.
     *
     * @return the policy
     */
    static EgressPolicy publicInternet() {
        return PublicInternet.policy();
    }

    /**
     * Allows nothing. Guests still reach the stack's own services and the ports of the host that were opened to them.
     *
     * @return the policy
     */
    static EgressPolicy denyAll() {
        return (protocol, destination, port) -> false;
    }

    /**
     * Allows everything that can be dialled, the host's loopback and metadata services included. For guests that are trusted as much
     * as this process. Combined with another policy it no longer opens these two.
     *
     * @return the policy
     */
    static EgressPolicy unrestricted() {
        return new HostPolicy((protocol, destination, port) -> true);
    }

    /**
     * Allows a network, every port of it.
     *
     * @param network the addresses
     * @return the policy
     */
    static EgressPolicy network(IpPrefix network) {
        return (protocol, destination, port) -> network.contains(destination);
    }

    /**
     * Allows what this policy or another one allows.
     *
     * @param other asked when this policy denies
     * @return the policy
     */
    default EgressPolicy or(EgressPolicy other) {
        return (protocol, destination, port) ->
                allows(protocol, destination, port) || other.allows(protocol, destination, port);
    }

    /**
     * Allows only what both this policy and another one allow.
     *
     * @param other asked when this policy allows
     * @return the policy
     */
    default EgressPolicy and(EgressPolicy other) {
        return (protocol, destination, port) ->
                allows(protocol, destination, port) && other.allows(protocol, destination, port);
    }
}
