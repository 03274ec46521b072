// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessage.ADDRESS_MISMATCH;
import static io.pktkit.nat.pcp.PcpMessage.HEADER;
import static io.pktkit.nat.pcp.PcpMessage.INTERNAL_PORT;
import static io.pktkit.nat.pcp.PcpMessage.MALFORMED_REQUEST;
import static io.pktkit.nat.pcp.PcpMessage.NOT_AUTHORIZED;
import static io.pktkit.nat.pcp.PcpMessage.OP_ANNOUNCE;
import static io.pktkit.nat.pcp.PcpMessage.OP_MAP;
import static io.pktkit.nat.pcp.PcpMessage.OP_PEER;
import static io.pktkit.nat.pcp.PcpMessage.PROTOCOL;
import static io.pktkit.nat.pcp.PcpMessage.RESPONSE;
import static io.pktkit.nat.pcp.PcpMessage.SUCCESS;
import static io.pktkit.nat.pcp.PcpMessage.UNSUPP_OPCODE;
import static io.pktkit.nat.pcp.PcpMessage.UNSUPP_PROTOCOL;
import static io.pktkit.nat.pcp.PcpMessage.UNSUPP_VERSION;
import static io.pktkit.nat.pcp.PcpMessage.VERSION;

import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.service.PortLease;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** PCP, RFC 6887, on one link. */
final class Pcp {

    final int namespace;
    final PortLeases leases;
    final Nat nat;
    private final NatPort port;
    private final PcpPolicy policy;
    private final PcpMap map = new PcpMap(this);
    private final PcpPeer peer = new PcpPeer(this);

    Pcp(NatPort port, PortLeases leases, Nat nat, PcpPolicy policy) {
        this.port = port;
        this.namespace = port.namespace();
        this.leases = leases;
        this.nat = nat;
        this.policy = policy;
    }

    /** Where the host of a request is; null if another one speaks for it. */
    @Nullable
    NatPort at(PcpRequest request) {
        return request.options().thirdParty == null ? port : null;
    }

    /** Section 14.1.1: what a server says when it has started. */
    static byte[] announcement(int epoch) {
        return PcpMessage.header(ByteBuffer.allocate(HEADER), OP_ANNOUNCE, SUCCESS, 0, epoch)
                .array();
    }

    /** Answers a request of version 1 or more; null if it is none (section 8.2). */
    byte @Nullable [] answer(byte[] request, IpAddress client, int epoch, long now) {
        int opcode = request[1] & 0x7F;
        if ((request[1] & RESPONSE) != 0) {
            return null;
        }
        if (request[0] != VERSION) {
            return PcpMessage.error(request, opcode, UNSUPP_VERSION, epoch);
        }
        if (request.length < HEADER || request.length > PcpMessage.MAX || request.length % 4 != 0) {
            return PcpMessage.error(request, opcode, MALFORMED_REQUEST, epoch);
        }
        if (!PcpMessage.address(ByteBuffer.wrap(request), 8).equals(client)) {
            // A NAT between us would make what we say wrong.
            return PcpMessage.error(request, opcode, ADDRESS_MISMATCH, epoch);
        }
        return switch (opcode) {
            case OP_ANNOUNCE -> announce(request, epoch);
            case OP_MAP -> mapping(request, opcode, PcpMap.LENGTH, client, epoch, now);
            case OP_PEER ->
                policy.peer()
                        ? mapping(request, opcode, PcpPeer.LENGTH, client, epoch, now)
                        : PcpMessage.error(request, opcode, NOT_AUTHORIZED, epoch);
            default -> PcpMessage.error(request, opcode, UNSUPP_OPCODE, epoch);
        };
    }

    /** Section 14.1; section 7.3: no option that must be acted on belongs to it. */
    private static byte[] announce(byte[] request, int epoch) {
        int error = PcpOptions.of(request, OP_ANNOUNCE, HEADER, false).error;
        return error == SUCCESS ? announcement(epoch) : PcpMessage.error(request, OP_ANNOUNCE, error, epoch);
    }

    private byte[] mapping(byte[] bytes, int opcode, int length, IpAddress client, int epoch, long now) {
        if (bytes.length < HEADER + length) {
            return PcpMessage.error(bytes, opcode, MALFORMED_REQUEST, epoch);
        }
        int protocol = bytes[PROTOCOL] & 0xFF;
        int port = ByteBuffer.wrap(bytes).getShort(INTERNAL_PORT) & 0xFFFF;
        // Sections 11.1 and 12.1: a port without a protocol, and in a PEER either one missing.
        if ((protocol == 0 && port != 0) || (opcode == OP_PEER && (protocol == 0 || port == 0))) {
            return PcpMessage.error(bytes, opcode, MALFORMED_REQUEST, epoch);
        }
        PcpPolicy.ThirdParty others = policy.thirdParty();
        PcpOptions options = PcpOptions.of(bytes, opcode, HEADER + length, others != null);
        if (options.error != SUCCESS) {
            return PcpMessage.error(bytes, opcode, options.error, epoch);
        }
        boolean known = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
        if (!known || port == 0) {
            return PcpMessage.error(bytes, opcode, UNSUPP_PROTOCOL, epoch);
        }
        IpAddress host = options.thirdParty == null ? client : options.thirdParty;
        if (options.thirdParty != null && (others == null || !others.mayAskFor(namespace, client, host))) {
            return PcpMessage.error(bytes, opcode, NOT_AUTHORIZED, epoch);
        }
        PcpRequest request = new PcpRequest(bytes, opcode, host, options);
        return opcode == OP_MAP ? map.answer(request, epoch, now) : peer.answer(request, epoch, now);
    }

    /** Whether nobody has the mapping of this endpoint by another nonce: a lease, or one that PEER manages. */
    boolean isOwner(PcpRequest request, @Nullable PortLease lease, long now) {
        String managed = peer.nonce(request, now);
        return (lease == null || isSame(lease.secret(), request.nonce()))
                && (managed == null || isSame(managed, request.nonce()));
    }

    private static boolean isSame(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(StandardCharsets.US_ASCII), b.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether it is one of the ports that hosts may ask for. */
    boolean isGiven(int port) {
        return port >= leases.limits().firstPort() && port <= leases.limits().lastPort();
    }
}
