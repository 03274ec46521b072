// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessage.CANNOT_PROVIDE_EXTERNAL;
import static io.pktkit.nat.pcp.PcpMessage.EXCESSIVE_REMOTE_PEERS;
import static io.pktkit.nat.pcp.PcpMessage.EXTERNAL_ADDRESS;
import static io.pktkit.nat.pcp.PcpMessage.EXTERNAL_PORT;
import static io.pktkit.nat.pcp.PcpMessage.HEADER;
import static io.pktkit.nat.pcp.PcpMessage.NOT_AUTHORIZED;
import static io.pktkit.nat.pcp.PcpMessage.NO_RESOURCES;
import static io.pktkit.nat.pcp.PcpMessage.OP_MAP;
import static io.pktkit.nat.pcp.PcpMessage.SUCCESS;
import static io.pktkit.nat.pcp.PcpMessage.USER_EX_QUOTA;

import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLease;
import io.pktkit.nat.service.PortLeases.Outcome;
import io.pktkit.nat.service.PortLeases.Refusal;
import io.pktkit.nat.service.PortLeases.Wish;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** MAP, RFC 6887 section 11: a port for whoever may come in. */
final class PcpMap {

    static final int LENGTH = 36;

    private final Pcp pcp;

    PcpMap(Pcp pcp) {
        this.pcp = pcp;
    }

    byte[] answer(PcpRequest request, int epoch, long now) {
        PortLease present =
                pcp.leases.findByClient(pcp.namespace, request.host(), request.protocol(), request.internalPort());
        if (!pcp.isOwner(request, present, now)) {
            return request.error(NOT_AUTHORIZED, epoch); // section 11.3
        }
        if (request.seconds() == 0) {
            return remove(request, present, epoch);
        }
        return grant(request, present, epoch, now);
    }

    private byte[] remove(PcpRequest request, @Nullable PortLease present, int epoch) {
        if (present == null) {
            NatMapping owners =
                    pcp.nat.mappings().find(pcp.namespace, request.protocol(), request.host(), request.internalPort());
            if (owners != null && owners.origin() == NatMapping.Origin.FORWARD) {
                return request.error(NOT_AUTHORIZED, epoch); // section 15: what PCP did not make it does not take away
            }
        } else {
            pcp.leases.remove(
                    pcp.namespace, request.host(), present.protocol(), present.outsidePort(), request.nonce());
        }
        int length = HEADER + LENGTH;
        PcpOptions options = request.options();
        ByteBuffer response = ByteBuffer.allocate(length + options.length()).put(request.bytes(), 0, length);
        options.copy(response);
        return PcpMessage.header(response, OP_MAP, SUCCESS, 0, epoch).array(); // section 15: gone, or never there
    }

    private byte[] grant(PcpRequest request, @Nullable PortLease present, int epoch, long now) {
        ByteBuffer in = ByteBuffer.wrap(request.bytes());
        int suggested = in.getShort(EXTERNAL_PORT) & 0xFFFF;
        IpAddress wanted = PcpMessage.address(in, EXTERNAL_ADDRESS);
        IpAddress outside = pcp.leases.outside();
        if (outside == null) {
            return request.error(NO_RESOURCES, epoch);
        }
        PcpOptions options = request.options();
        int port = present != null ? present.outsidePort() : preferred(suggested, request);
        boolean another = (suggested != 0 && port != suggested) || !(wanted.isUnspecified() || wanted.equals(outside));
        if (options.preferFailure && another) {
            return request.error(CANNOT_PROVIDE_EXTERNAL, epoch);
        }
        IpAddress former = present == null ? null : present.from();
        if (!options.canFilter(former)) {
            return request.error(EXCESSIVE_REMOTE_PEERS, epoch);
        }
        Wish wish = new Wish(
                pcp.namespace,
                request.host(),
                pcp.at(request),
                request.protocol(),
                port,
                request.internalPort(),
                options.filter(former),
                true,
                "PCP",
                request.nonce(),
                PcpMessage.lifetime(in));
        Outcome outcome = present != null || options.preferFailure ? pcp.leases.add(wish) : pcp.leases.addAny(wish);
        PortLease lease = outcome.lease();
        return lease == null
                ? request.error(result(outcome.refusal(), options.preferFailure), epoch)
                : PcpMessage.success(
                        request.bytes(),
                        LENGTH,
                        options,
                        lease.remainingSeconds(now),
                        epoch,
                        outside,
                        lease.outsidePort());
    }

    /** Section 11.3: an endpoint has one port whatever it sends to, so what it sends from already is what it gets. */
    private int preferred(int suggested, PcpRequest request) {
        NatMapping used =
                pcp.nat.mappings().find(pcp.namespace, request.protocol(), request.host(), request.internalPort());
        return used != null && pcp.isGiven(used.outsidePort()) ? used.outsidePort() : suggested;
    }

    private static int result(@Nullable Refusal refusal, boolean exactly) {
        return switch (Objects.requireNonNull(refusal)) {
            case NOT_AUTHORIZED -> exactly ? CANNOT_PROVIDE_EXTERNAL : NOT_AUTHORIZED;
            case CONFLICT -> CANNOT_PROVIDE_EXTERNAL;
            case QUOTA -> USER_EX_QUOTA;
            case ENDPOINT_TAKEN -> NOT_AUTHORIZED;
            case NO_RESOURCES, NOT_FOUND -> NO_RESOURCES;
        };
    }
}
