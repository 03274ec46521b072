// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessage.CANNOT_PROVIDE_EXTERNAL;
import static io.pktkit.nat.pcp.PcpMessage.EXTERNAL_ADDRESS;
import static io.pktkit.nat.pcp.PcpMessage.EXTERNAL_PORT;
import static io.pktkit.nat.pcp.PcpMessage.HEADER;
import static io.pktkit.nat.pcp.PcpMessage.MALFORMED_REQUEST;
import static io.pktkit.nat.pcp.PcpMessage.NOT_AUTHORIZED;
import static io.pktkit.nat.pcp.PcpMessage.NO_RESOURCES;
import static io.pktkit.nat.pcp.PcpMessage.USER_EX_QUOTA;

import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLease;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * PEER, RFC 6887 section 12: the mapping that a host makes by sending to a remote, made without sending, or kept for longer than
 * it would live by itself. It is not taken away by a later request, nor made to end sooner.
 */
final class PcpPeer {

    static final int LENGTH = 56;

    private static final int REMOTE_PORT = HEADER + 36;
    private static final int REMOTE_ADDRESS = HEADER + 40;

    private final Pcp pcp;

    /** Who manages which mapping. */
    private final Map<Endpoint, Managed> all = new HashMap<>();

    private record Endpoint(IpAddress host, int protocol, int port) {}

    /** The nonce that later requests must show, for which mapping, and how long that counts. */
    private record Managed(String nonce, long mapping, long until) {}

    PcpPeer(Pcp pcp) {
        this.pcp = pcp;
    }

    private static Endpoint endpoint(PcpRequest request) {
        return new Endpoint(request.host(), request.protocol(), request.internalPort());
    }

    /** The nonce of who manages the mapping of an endpoint; null for nobody. */
    @Nullable
    String nonce(PcpRequest request, long now) {
        Managed managed = all.get(endpoint(request));
        return managed == null || managed.until - now <= 0 || !isThere(endpoint(request), managed)
                ? null
                : managed.nonce;
    }

    /** Whether the mapping is still the one: it goes with its outside address, and whoever has the endpoint then owns it. */
    private boolean isThere(Endpoint endpoint, Managed managed) {
        NatMapping found = pcp.nat.mappings().find(pcp.namespace, endpoint.protocol, endpoint.host, endpoint.port);
        return found != null && found.id() == managed.mapping;
    }

    byte[] answer(PcpRequest request, int epoch, long now) {
        ByteBuffer in = ByteBuffer.wrap(request.bytes());
        int remotePort = in.getShort(REMOTE_PORT) & 0xFFFF;
        IpAddress remote = PcpMessage.address(in, REMOTE_ADDRESS);
        if (remotePort == 0 || remote.isUnspecified() || remote.isMulticast()) {
            return request.error(MALFORMED_REQUEST, epoch); // section 12.1
        }
        PortLease lease =
                pcp.leases.findByClient(pcp.namespace, request.host(), request.protocol(), request.internalPort());
        if (!pcp.isOwner(request, lease, now)) {
            return request.error(NOT_AUTHORIZED, epoch);
        }
        int suggested = in.getShort(EXTERNAL_PORT) & 0xFFFF;
        NatMapping present =
                pcp.nat.mappings().find(pcp.namespace, request.protocol(), request.host(), request.internalPort());
        // Section 12.1: a port or address that is named is meant. Which ports may be named is as for MAP.
        boolean other =
                suggested != 0 && (present != null ? present.outsidePort() != suggested : !pcp.isGiven(suggested));
        if (other) {
            return request.error(CANNOT_PROVIDE_EXTERNAL, epoch);
        }
        if (!mayManage(request, now)) {
            return request.error(USER_EX_QUOTA, epoch);
        }
        return open(request, in, suggested, remote, remotePort, lease, epoch, now);
    }

    private byte[] open(
            PcpRequest request,
            ByteBuffer in,
            int suggested,
            IpAddress remote,
            int remotePort,
            @Nullable PortLease lease,
            int epoch,
            long now) {
        Duration lifetime = PcpMessage.lifetime(in);
        IpAddress wanted = PcpMessage.address(in, EXTERNAL_ADDRESS);
        NatMapping made;
        try {
            made = pcp.nat
                    .mappings()
                    .peer(
                            pcp.namespace,
                            request.protocol(),
                            request.host(),
                            request.internalPort(),
                            remote,
                            remotePort,
                            wanted.isUnspecified() ? null : wanted,
                            suggested,
                            pcp.at(request),
                            lifetime);
        } catch (NatForwardException e) {
            return request.error(result(e.reason()), epoch);
        } catch (IllegalArgumentException e) {
            return request.error(
                    NOT_AUTHORIZED, epoch); // no host of the namespace, or a remote that nobody can send to
        }
        long until = Timers.after(now, lifetime);
        Managed before = all.get(endpoint(request));
        if (before != null && before.mapping == made.id() && before.until - until > 0) {
            until = before.until; // section 12.1: nothing is made shorter
        }
        all.put(endpoint(request), new Managed(request.nonce(), made.id(), until));
        // What a lease keeps lives as long as that, whoever speaks.
        long seconds = lease != null
                ? lease.remainingSeconds(now)
                : Duration.ofNanos(until - now).toSeconds();
        return PcpMessage.success(
                request.bytes(), LENGTH, request.options(), seconds, epoch, made.outside(), made.outsidePort());
    }

    private static int result(NatForwardException.Reason reason) {
        return switch (reason) {
            case LIMIT -> USER_EX_QUOTA;
            case NO_PORT -> NO_RESOURCES;
            case FORWARDED_TO_ANOTHER, PORT_IN_USE, ENDPOINT_HAS_FORWARD, NOT_OUR_ADDRESS -> CANNOT_PROVIDE_EXTERNAL;
        };
    }

    /** Whether there is room, for this host and in all; what is over, or gone, is forgotten. */
    private boolean mayManage(PcpRequest request, long now) {
        all.values().removeIf(each -> each.until - now <= 0); // as many as a namespace may have, at most
        if (all.containsKey(endpoint(request)) || hasRoom(request)) {
            return true;
        }
        all.entrySet().removeIf(each -> !isThere(each.getKey(), each.getValue()));
        return hasRoom(request);
    }

    private boolean hasRoom(PcpRequest request) {
        int ofHost = 0;
        for (Endpoint each : all.keySet()) {
            ofHost += each.host.equals(request.host()) ? 1 : 0;
        }
        return ofHost < pcp.leases.limits().perHost()
                && all.size() < pcp.leases.limits().perNamespace();
    }
}
