// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.UdpPort;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Requests of PCP by the layouts of RFC 6887, and what is in answers. */
final class PcpMessages {

    private PcpMessages() {}

    /** The one answer, or no octets. */
    static byte[] ask(Guest guest, byte[] request) throws IOException {
        UdpPort port = guest.udp(0, null);
        guest.datagrams.clear();
        guest.send(port, ServiceWorld.GATEWAY, PcpService.SERVER_PORT, request);
        assertTrue(guest.datagrams.size() <= 1);
        return guest.datagrams.isEmpty() ? new byte[0] : guest.datagrams.get(0);
    }

    static byte[] octets(ByteBuffer message) {
        byte[] octets = new byte[message.capacity()];
        message.get(0, octets);
        return octets;
    }

    static ByteBuffer pcp(Guest client, int opcode, int seconds, int extra) {
        ByteBuffer request = ByteBuffer.allocate(24 + extra);
        request.put(0, (byte) 2).put(1, (byte) opcode).putInt(4, seconds);
        request.putLong(16, 0xFFFF_0000_0000L | (client.address.toIpv4Bits() & 0xFFFF_FFFFL));
        return request;
    }

    static ByteBuffer map(Guest client, int nonce, int protocol, int inside, int outside, int seconds, int extra) {
        ByteBuffer request = pcp(client, 1, seconds, 36 + extra);
        request.putInt(32, nonce).put(36, (byte) protocol);
        request.putShort(40, (short) inside).putShort(42, (short) outside);
        request.putLong(52, 0xFFFF_0000_0000L);
        return request;
    }

    static int result(byte[] answer) {
        return answer.length == 0 ? -1 : answer[3];
    }

    static int port(byte[] answer) {
        return ByteBuffer.wrap(answer).getShort(42) & 0xFFFF;
    }

    static int seconds(byte[] answer) {
        return ByteBuffer.wrap(answer).getInt(4);
    }

    static ByteBuffer peer(
            Guest client,
            int nonce,
            int protocol,
            int inside,
            int outside,
            IpAddress remote,
            int remotePort,
            int seconds,
            int extra) {
        ByteBuffer request = pcp(client, 2, seconds, 56 + extra);
        request.putInt(32, nonce).put(36, (byte) protocol);
        request.putShort(40, (short) inside).putShort(42, (short) outside);
        request.putLong(52, 0xFFFF_0000_0000L);
        request.putShort(60, (short) remotePort);
        return request.putLong(72, 0xFFFF_0000_0000L | (remote.toIpv4Bits() & 0xFFFF_FFFFL));
    }

    /** Puts THIRD_PARTY behind the fields of a request. */
    static ByteBuffer forAnother(ByteBuffer request, int at, IpAddress host) {
        request.put(at, (byte) 1).putShort(at + 2, (short) 16);
        return request.putLong(at + 4, 0).putLong(at + 12, 0xFFFF_0000_0000L | (host.toIpv4Bits() & 0xFFFF_FFFFL));
    }
}
