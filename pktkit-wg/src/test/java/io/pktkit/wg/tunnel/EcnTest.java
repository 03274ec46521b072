// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traffic classes, seen and changed by a relay between two ports. */
class EcnTest {

    private static final IpAddress CLIENT = IpAddress.parse("192.0.2.10");
    private static final IpAddress SERVER = IpAddress.parse("192.0.2.1");

    private final VirtualNet net = new VirtualNet();
    private final WgDevice client = net.port(CLIENT.toString()).addDevice(net.key());
    private final WgDevice server = net.port(SERVER.toString()).addDevice(net.key());
    private final List<Packet> arrived = record(server);
    private final DatagramEndpoint relay = net.endpoint("192.0.2.50");
    private final List<Integer> classes = new ArrayList<>();

    /** What the relay writes into the header; -1 for nothing. */
    private int mark = -1;

    @BeforeEach
    void join() throws IOException {
        record(client);
        client.peers()
                .add(server.identity().publicKey(), options("0.0.0.0/0", "::/0").endpoint(at("192.0.2.50")));
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32", "fd00::2/128"));
        client.send(packet("10.0.0.2", "8.8.8.8", 1));
        settle();
        arrived.clear();
    }

    @AfterEach
    void close() {
        net.close();
        relay.close();
    }

    private void settle() throws IOException {
        net.settle();
        while (relay.poll(datagram -> {
                    classes.add(datagram.trafficClass());
                    IpAddress to = datagram.remoteAddress().equals(CLIENT) ? SERVER : CLIENT;
                    relay.send(
                            datagram.buffer(),
                            datagram.offset(),
                            datagram.length(),
                            FixedPath.to(to, VirtualNet.PORT),
                            mark < 0 ? datagram.trafficClass() : mark);
                })
                > 0) {
            net.settle();
        }
    }

    @Test
    void shouldGiveHandshakesTheirClass() {
        assertEquals(List.of(0x88, 0x88, 0), classes, "AF41, AF41, and the packet that has waited");
    }

    /** RFC 6040 section 4.1, normal mode. The DSCP stays inside. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "2, 2", "3, 3", "0xBA, 2", "0xB8, 0"})
    void shouldCopyEcnOutwards(String inner, int outer) throws IOException {
        classes.clear();
        int octet = Integer.decode(inner);
        client.send(packet("10.0.0.2", "8.8.8.8", 20).trafficClass(octet));
        client.send(packet("fd00::2", "2001:db8::1", 20).trafficClass(octet));
        settle();
        assertEquals(List.of(outer, outer), classes);
        assertEquals(octet, arrived.get(0).trafficClass());
        assertEquals(octet, arrived.get(1).trafficClass());
    }

    /** RFC 6040 section 4.2, figure 4: inner, outer, and what comes out; -1 for dropped. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0", "0, 1, 0", "0, 2, 0", "0, 3, -1",
        "2, 0, 2", "2, 1, 1", "2, 2, 2", "2, 3, 3",
        "1, 0, 1", "1, 1, 1", "1, 2, 1", "1, 3, 3",
        "3, 0, 3", "3, 1, 3", "3, 2, 3", "3, 3, 3",
    })
    void shouldPassOnWhatThePathSaid(int inner, int outer, int out) throws IOException {
        mark = 0x20 | outer;
        Packet sent = packet("10.0.0.2", "8.8.8.8", 20).trafficClass(0xB8 | inner);
        client.send(sent);
        client.send(packet("fd00::2", "2001:db8::1", 20).trafficClass(0xB8 | inner));
        settle();
        assertEquals(out < 0 ? 0 : 2, arrived.size());
        assertEquals(out < 0 ? 2 : 0, server.stats().dropped(DropReason.FILTERED));
        for (Packet packet : arrived) {
            assertEquals(0xB8 | out, packet.trafficClass());
            assertTrue(packet.isIpv6() || packet.verifyIpv4Checksum() == ChecksumStatus.VALID);
        }
    }
}
