// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLease;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.nat.service.PortLeases.Outcome;
import io.pktkit.nat.service.PortLeases.Refusal;
import io.pktkit.nat.service.PortLeases.Wish;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** NAT-PMP, RFC 6886. */
final class NatPmp {

    private static final int OP_ADDRESS = 0;
    private static final int OP_UDP = 1;
    private static final int OP_TCP = 2;
    private static final int RESPONSE = 128;
    private static final int MAP_REQUEST = 12;

    // RFC 6886 section 3.5.
    private static final int SUCCESS = 0;
    private static final int NOT_AUTHORIZED = 2;
    private static final int NETWORK_FAILURE = 3;
    private static final int OUT_OF_RESOURCES = 4;
    private static final int UNSUPPORTED_OPCODE = 5;

    private final NatPort port;
    private final int namespace;
    private final PortLeases leases;
    private final Nat nat;

    NatPmp(NatPort port, PortLeases leases, Nat nat) {
        this.port = port;
        this.namespace = port.namespace();
        this.leases = leases;
        this.nat = nat;
    }

    /** Answers a request of version 0; null if it is none. */
    byte @Nullable [] answer(byte[] request, IpAddress client, int epoch, long now) {
        int opcode = request[1] & 0xFF;
        if (opcode >= RESPONSE) {
            return null;
        }
        if (opcode == OP_ADDRESS) {
            return request.length == 2 ? address(epoch) : null;
        }
        if (opcode != OP_UDP && opcode != OP_TCP) {
            // Section 3.5: the whole request comes back, marked as a response, with its result in octets 2 and 3.
            ByteBuffer refusal =
                    ByteBuffer.allocate(Math.max(4, request.length)).put(request);
            return refusal.put(1, (byte) (opcode | RESPONSE))
                    .putShort(2, (short) UNSUPPORTED_OPCODE)
                    .array();
        }
        return request.length == MAP_REQUEST ? map(ByteBuffer.wrap(request), opcode, client, epoch, now) : null;
    }

    /** Section 3.2. */
    byte[] address(int epoch) {
        IpAddress outside = leases.outside();
        return ByteBuffer.allocate(12)
                .put((byte) 0)
                .put((byte) RESPONSE)
                .putShort((short) (outside == null ? NETWORK_FAILURE : SUCCESS))
                .putInt(epoch)
                .putInt(outside == null ? 0 : outside.toIpv4Bits())
                .array();
    }

    /** Sections 3.3 and 3.4. */
    private byte[] map(ByteBuffer request, int opcode, IpAddress client, int epoch, long now) {
        int protocol = opcode == OP_UDP ? IpProtocol.UDP : IpProtocol.TCP;
        int clientPort = request.getShort(4) & 0xFFFF;
        int suggested = request.getShort(6) & 0xFFFF;
        long seconds = request.getInt(8) & 0xFFFF_FFFFL;
        if (seconds == 0) {
            int result = remove(protocol, clientPort, client);
            return response(opcode, result, epoch, clientPort, 0, 0);
        }
        if (clientPort == 0) {
            return response(opcode, NOT_AUTHORIZED, epoch, 0, 0, 0);
        }
        PortLease present = leases.findByClient(namespace, client, protocol, clientPort);
        Wish wish = new Wish(
                namespace,
                client,
                port,
                protocol,
                present != null ? present.outsidePort() : preferred(suggested, protocol, clientPort, client),
                clientPort,
                null,
                true,
                "NAT-PMP",
                "",
                Duration.ofSeconds(seconds));
        Outcome outcome = present != null ? leases.add(wish) : leases.addAny(wish);
        PortLease lease = outcome.lease();
        return lease != null
                ? response(opcode, SUCCESS, epoch, clientPort, lease.outsidePort(), (int) lease.remainingSeconds(now))
                : response(opcode, result(outcome.refusal()), epoch, clientPort, 0, 0);
    }

    /** Section 3.3: a host that has the port for one protocol gets the same for the other. */
    private int preferred(int suggested, int protocol, int clientPort, IpAddress client) {
        int other = protocol == IpProtocol.TCP ? IpProtocol.UDP : IpProtocol.TCP;
        PortLease companion = leases.findByClient(namespace, client, other, clientPort);
        return companion != null ? companion.outsidePort() : suggested;
    }

    private static int result(@Nullable Refusal refusal) {
        return refusal == Refusal.NOT_AUTHORIZED || refusal == Refusal.CONFLICT ? NOT_AUTHORIZED : OUT_OF_RESOURCES;
    }

    /** Section 3.4: port 0 is all of them; what is not there is gone already, but what the owner made is not theirs to remove. */
    private int remove(int protocol, int clientPort, IpAddress client) {
        if (clientPort != 0 && leases.findByClient(namespace, client, protocol, clientPort) == null) {
            NatMapping present = nat.mappings().find(namespace, protocol, client, clientPort);
            return present != null && present.origin() == NatMapping.Origin.FORWARD ? NOT_AUTHORIZED : SUCCESS;
        }
        int result = SUCCESS;
        for (PortLease lease : leases.all(namespace)) {
            if (lease.client().equals(client)
                    && lease.protocol() == protocol
                    && (clientPort == 0 || lease.clientPort() == clientPort)) {
                Refusal refusal = leases.remove(namespace, client, protocol, lease.outsidePort(), "");
                result = refusal == Refusal.NOT_AUTHORIZED ? NOT_AUTHORIZED : result;
            }
        }
        return result;
    }

    private static byte[] response(int opcode, int result, int epoch, int clientPort, int outsidePort, int seconds) {
        return ByteBuffer.allocate(16)
                .put((byte) 0)
                .put((byte) (opcode | RESPONSE))
                .putShort((short) result)
                .putInt(epoch)
                .putShort((short) clientPort)
                .putShort((short) outsidePort)
                .putInt(seconds)
                .array();
    }
}
