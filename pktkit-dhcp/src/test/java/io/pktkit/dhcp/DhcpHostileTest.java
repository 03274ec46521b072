// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Truncated, changed and random input: nothing is thrown, and the tables keep to their limits. */
class DhcpHostileTest {
    private static final int RANDOM_FRAMES = 1_000_000;
    private static final IpAddress ALL = IpAddress.parse("255.255.255.255");

    @ParameterizedTest
    @ValueSource(
            ints = {
                DhcpOptions.DISCOVER,
                DhcpOptions.REQUEST,
                DhcpOptions.DECLINE,
                DhcpOptions.RELEASE,
                DhcpOptions.INFORM
            })
    void shouldSurviveEveryPrefixAndChangeOfAMessageToTheServer(int type) {
        ServerBench bench = new ServerBench();
        byte[] message = ServerBench.message(1, type, writer -> {
            writer.ciaddr(ServerBench.address(10)).giaddr(ServerBench.address(5));
            writer.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[] {1, 2, 3});
            writer.byteOption(DhcpOptions.OVERLOAD, 3);
            ServerBench.selecting(ServerBench.address(10)).accept(writer);
            writer.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {1, 3, 6, 15});
            writer.option(DhcpOptions.RELAY_AGENT_INFORMATION, new byte[] {1, 1, 1});
            writer.option(DhcpOptions.HOST_NAME, new byte[] {'a'});
        });

        for (int length = 0; length <= message.length; length++) {
            toServer(bench, Arrays.copyOf(message, length));
        }
        for (int at = 0; at < message.length; at++) {
            for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF, message[at] ^ 1}) {
                byte[] changed = message.clone();
                changed[at] = (byte) value;
                toServer(bench, changed);
            }
        }
        assertEquals(0, bench.server.stats().snapshot().errors());
        assertTrue(bench.server.leases().size() <= 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {DhcpOptions.OFFER, DhcpOptions.ACK, DhcpOptions.NAK})
    void shouldSurviveEveryPrefixAndChangeOfAMessageToTheClient(int type) {
        for (DhcpState state : DhcpState.values()) {
            ClientBench bench = in(state);
            byte[] message = bench.reply(type, writer -> {
                ClientBench.usual(writer);
                writer.byteOption(DhcpOptions.OVERLOAD, 3);
                writer.option(DhcpOptions.DNS_SERVERS, new byte[] {1, 1, 1, 1, 9, 9, 9, 9});
                writer.option(DhcpOptions.ROUTER, new byte[] {10, 0, 2, 1});
                writer.option(DhcpOptions.DOMAIN_SEARCH, new byte[] {1, 'a', 0, 1, 'b', (byte) 0xC0, 0});
                writer.shortOption(DhcpOptions.INTERFACE_MTU, 1400);
            });
            for (int length = 0; length <= message.length; length++) {
                in(state, bench).deliver(Arrays.copyOf(message, length));
            }
            for (int at = 0; at < message.length; at++) {
                for (int value : new int[] {0, 0xFF, message[at] ^ 1}) {
                    byte[] changed = message.clone();
                    changed[at] = (byte) value;
                    in(state, bench).deliver(changed);
                }
            }
            bench.client.onTick(bench.now + 10_000 * ClientBench.SECOND);
        }
    }

    @Test
    void shouldSurviveEveryPrefixAndChangeOfAFrame() {
        ServerBench bench = new ServerBench();
        byte[] good = ServerBench.frame(
                        Lan.mac(1), MacAddress.BROADCAST, ServerBench.message(1, DhcpOptions.DISCOVER, writer -> {}))
                .toBytes();

        for (int length = 0; length <= good.length; length++) {
            bench.server.send(new Frame().wrap(ByteBuffer.wrap(good), 0, length));
        }
        for (int at = 0; at < good.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = good.clone();
                changed[at] ^= (byte) (1 << bit);
                bench.server.send(new Frame().wrap(ByteBuffer.wrap(changed)));
            }
        }
        assertEquals(0, bench.server.stats().snapshot().errors());
    }

    @Test
    void shouldStayWithinItsLimitsUnderAMillionRandomFrames() {
        long seed = 20;
        SplittableRandom random = new SplittableRandom(seed);
        ServerBench bench =
                new ServerBench(builder -> builder.range(IpAddress.parse("10.0.2.10"), IpAddress.parse("10.0.2.250"))
                        .maxLeases(100, 8));
        bench.listen(frame -> assertTrue(frame.length() <= 1514, "seed=" + seed));
        byte[] discover = ServerBench.frame(
                        Lan.mac(1), MacAddress.BROADCAST, ServerBench.message(1, DhcpOptions.DISCOVER, writer -> {}))
                .toBytes();
        byte[] scratch = new byte[discover.length];
        Frame frame = new Frame();
        for (int i = 0; i < RANDOM_FRAMES; i++) {
            System.arraycopy(discover, 0, scratch, 0, scratch.length);
            scramble(random, scratch);
            frame.wrap(ByteBuffer.wrap(scratch), 0, random.nextInt(8) == 0 ? random.nextInt(342) : scratch.length);
            bench.server.send(frame);
            if (i % 1000 == 0) {
                bench.advance(random.nextInt(20));
                assertTrue(bench.server.leases().size() <= 100, "seed=" + seed + " frame=" + i);
            }
        }

        assertEquals(0, bench.server.stats().snapshot().errors(), "seed=" + seed);
        assertTrue(bench.server.stats().snapshot().sentPackets() > RANDOM_FRAMES / 20, "enough of it got through");
        assertTrue(bench.events.size() > 100, "some leases were granted: " + bench.events.size());
    }

    /** From a wholly random frame to a DISCOVER or REQUEST of a random client with a few octets changed. */
    private static void scramble(SplittableRandom random, byte[] bytes) {
        int kind = random.nextInt(10);
        if (kind == 0) {
            random.nextBytes(bytes);
            return;
        }
        int udp = 14 + 20;
        int message = udp + 8;
        int client = random.nextInt(1 << 16);
        for (int at : new int[] {10, message + 32}) {
            bytes[at] = (byte) (client >>> 8);
            bytes[at + 1] = (byte) client;
        }
        int type = 1 + random.nextInt(8);
        byte[] options = {
            53, 1, (byte) type, 50, 4, 10, 0, 2, (byte) (10 + random.nextInt(60)), 54, 4, 10, 0, 2, 2, (byte) 255
        };
        System.arraycopy(options, 0, bytes, message + 240, options.length);
        if (random.nextInt(3) == 0) {
            bytes[message + 249] = 0; // no server: INIT-REBOOT
            Arrays.fill(bytes, message + 249, message + 255, (byte) 0);
        }
        for (int changes = kind < 6 ? 0 : random.nextInt(6); changes > 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        bytes[udp + 6] = 0; // no UDP checksum, so that it gets as far as it can
        bytes[udp + 7] = 0;
    }

    private static void toServer(ServerBench bench, byte[] message) {
        bench.server.send(ServerBench.frame(Lan.mac(1), MacAddress.BROADCAST, message));
        Packet packet = DhcpPackets.udp(0, IpAddress.parse("10.0.2.10"), 68, ALL, 67, message);
        bench.server.onPacket(packet, Lan.mac(1).toLong());
    }

    private static ClientBench in(DhcpState state) {
        ClientBench bench = state == DhcpState.REBOOTING
                ? ClientBench.rebooting(false)
                : new ClientBench(state == DhcpState.PROBING);
        bench.start();
        return in(state, bench);
    }

    /** Brings a client to a state, if it is not there. */
    private static ClientBench in(DhcpState state, ClientBench bench) {
        if (bench.client.state() == state) {
            return bench;
        }
        if (!bench.client.isActive() || bench.client.state() != DhcpState.SELECTING) {
            bench.start();
        }
        if (state == DhcpState.REBOOTING) {
            assertEquals(state, bench.client.state());
            return bench;
        }
        if (state == DhcpState.INIT) {
            bench.client.stop();
            bench.start();
            bench.offer();
            bench.answer(DhcpOptions.NAK, ClientBench::named);
        }
        if (state != DhcpState.INIT && state != DhcpState.SELECTING) {
            bench.offer();
        }
        if (state.hasLease() || state == DhcpState.PROBING) {
            bench.ack();
        }
        if (state == DhcpState.RENEWING || state == DhcpState.REBINDING) {
            bench.now += (state == DhcpState.RENEWING ? 1800 : 3150) * ClientBench.SECOND;
            bench.client.onTick(bench.now);
        }
        assertEquals(state, bench.client.state());
        return bench;
    }
}
