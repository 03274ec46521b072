// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.nat.engine.NatInside;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mappings of a {@link Nat}: what its owner forwards, and who has which port. Any thread. */
public final class NatMappings {

    private final EngineGuard guard;

    NatMappings(EngineGuard guard) {
        this.guard = guard;
    }

    /**
     * Forwards an outside port to an inside endpoint; see {@link io.pktkit.nat.engine.EngineMappings#forward}.
     *
     * @param namespace the number of the namespace
     * @param protocol TCP or UDP
     * @param address an address of ours outside
     * @param outsidePort 1 to 65535
     * @param host an IPv4 address of the namespace
     * @param hostPort 1 to 65535
     * @param lease how long; zero for ever
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping forward(
            int namespace,
            int protocol,
            IpAddress address,
            int outsidePort,
            IpAddress host,
            int hostPort,
            Duration lease)
            throws NatForwardException {
        return forward(namespace, protocol, address, outsidePort, host, hostPort, null, null, lease);
    }

    /**
     * Forwards an outside port to an inside endpoint for one remote alone; see {@link io.pktkit.nat.engine.EngineMappings#forward}.
     *
     * @param namespace the number of the namespace
     * @param protocol TCP or UDP
     * @param address an address of ours outside
     * @param outsidePort 1 to 65535
     * @param host an IPv4 address of the namespace
     * @param hostPort 1 to 65535
     * @param from the IPv4 address outside that may come in; null for any
     * @param at where the host has just been heard, a link of the namespace; null if it has not
     * @param lease how long; zero for ever
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping forward(
            int namespace,
            int protocol,
            IpAddress address,
            int outsidePort,
            IpAddress host,
            int hostPort,
            @Nullable IpAddress from,
            @Nullable NatPort at,
            Duration lease)
            throws NatForwardException {
        guard.lock();
        try {
            NatInside inside = guard.required(namespace);
            NatMapping made = guard.engine
                    .mappings()
                    .forward(
                            inside,
                            protocol,
                            address,
                            outsidePort,
                            host,
                            hostPort,
                            from,
                            at == null ? null : at.link(),
                            lease,
                            guard.nowNanos());
            guard.arm();
            return made;
        } finally {
            guard.unlock();
        }
    }

    /**
     * Makes the mapping that a host would make by sending to a remote, or keeps the one that it has; see {@link io.pktkit.nat.engine.EngineMappings#peer}.
     *
     * @param namespace the number of the namespace
     * @param protocol TCP or UDP
     * @param host an address of the namespace
     * @param hostPort 1 to 65535
     * @param remote where to, as the host sees it
     * @param remotePort 1 to 65535
     * @param outsideAddress the address that the mapping shall have; null for the one that the host is paired with
     * @param outsidePort the port that it shall have; 0 to draw one
     * @param at where the host has just been heard, a link of the namespace; null if it has not
     * @param lifetime how long
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping peer(
            int namespace,
            int protocol,
            IpAddress host,
            int hostPort,
            IpAddress remote,
            int remotePort,
            @Nullable IpAddress outsideAddress,
            int outsidePort,
            @Nullable NatPort at,
            Duration lifetime)
            throws NatForwardException {
        guard.lock();
        try {
            NatMapping made = guard.engine
                    .mappings()
                    .peer(
                            guard.required(namespace),
                            protocol,
                            host,
                            hostPort,
                            remote,
                            remotePort,
                            outsideAddress,
                            outsidePort,
                            at == null ? null : at.link(),
                            lifetime,
                            guard.nowNanos());
            guard.arm();
            return made;
        } finally {
            guard.unlock();
        }
    }

    /**
     * Removes a mapping with its sessions.
     *
     * @param mapping as it was made or listed
     * @return false if it was gone already
     */
    public boolean remove(NatMapping mapping) {
        guard.lock();
        try {
            return guard.engine.mappings().remove(mapping, guard.nowNanos());
        } finally {
            guard.arm();
            guard.unlock();
        }
    }

    /**
     * Gives a host an outside address of its own; see {@link io.pktkit.nat.engine.EngineMappings#oneToOne}.
     *
     * @param namespace the number of the namespace
     * @param host an IPv4 address of the namespace, without mappings
     * @param address an address of ours that nobody uses
     */
    public void oneToOne(int namespace, IpAddress host, IpAddress address) {
        guard.lock();
        try {
            guard.engine.mappings().oneToOne(guard.required(namespace), host, address);
        } finally {
            guard.unlock();
        }
    }

    /**
     * Finds the mapping of an inside endpoint.
     *
     * @param namespace the number of the namespace
     * @param protocol TCP or UDP
     * @param host an address of the namespace
     * @param hostPort its port
     * @return the mapping; null if there is none
     */
    public @Nullable NatMapping find(int namespace, int protocol, IpAddress host, int hostPort) {
        guard.lock();
        try {
            NatInside inside = guard.find(namespace);
            return inside == null
                    ? null
                    : guard.engine.mappings().find(inside, protocol, host, hostPort, guard.nowNanos());
        } finally {
            guard.arm();
            guard.unlock();
        }
    }

    /**
     * Finds who has an outside port.
     *
     * @param protocol TCP or UDP
     * @param address an address of ours outside
     * @param outsidePort its port
     * @return the mapping; null if nobody has it, or the address is not ours
     */
    public @Nullable NatMapping findOutside(int protocol, IpAddress address, int outsidePort) {
        guard.lock();
        try {
            return guard.engine.mappings().findOutside(protocol, address, outsidePort, guard.nowNanos());
        } finally {
            guard.arm();
            guard.unlock();
        }
    }

    /** {@return all mappings, oldest first} */
    public List<NatMapping> list() {
        guard.lock();
        try {
            return guard.engine.mappings().list();
        } finally {
            guard.unlock();
        }
    }
}
