// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.dhcp.Lease;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an OFFER or ACK says, at its edges: RFC 2131 section 4.4.5, RFC 2132. */
class LeaseReaderTest {
    private static final long SECOND = 1_000_000_000L;

    private static DhcpMessage message(String address, Consumer<DhcpWriter> more) {
        DhcpWriter writer =
                new DhcpWriter(1400).op(2).yiaddr(IpAddress.parse(address).toIpv4Bits());
        more.accept(writer);
        byte[] bytes = writer.finish();
        return new DhcpMessage().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private static Lease read(String address, Consumer<DhcpWriter> more) {
        return read(address, 0, 0, more);
    }

    private static Lease read(String address, long t1Jitter, long t2Jitter, Consumer<DhcpWriter> more) {
        Lease lease = LeaseReader.read(
                message(address, writer -> {
                    writer.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A000001);
                    more.accept(writer);
                    writer.intOption(DhcpOptions.LEASE_TIME, 1000);
                }),
                7,
                -500,
                t1Jitter,
                t2Jitter);
        assertNotNull(lease);
        return lease;
    }

    @ParameterizedTest
    @CsvSource({
        "1.0.0.1, 8",
        "126.1.1.1, 8",
        "128.1.1.1, 16",
        "191.255.1.1, 16",
        "192.0.0.1, 24",
        "223.1.1.1, 24",
    })
    void shouldTakeTheClassForAMissingMask(String address, int length) {
        assertEquals(length, read(address, w -> {}).prefix().length());
        assertEquals(
                length,
                read(address, w -> w.intOption(DhcpOptions.SUBNET_MASK, 0))
                        .prefix()
                        .length());
        assertEquals(
                1,
                read(address, w -> w.intOption(DhcpOptions.SUBNET_MASK, 0x80000000))
                        .prefix()
                        .length());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 67, 68, 69, 1500, 65535})
    void shouldTakeAnMtuThatIpv4Allows(int mtu) {
        assertEquals(
                mtu < 68 ? 0 : mtu,
                read("10.0.0.9", w -> w.shortOption(DhcpOptions.INTERFACE_MTU, mtu))
                        .mtu());
    }

    @Test
    void shouldFindTheFirstUsableRouter() {
        byte[] routers = {0, 0, 0, 0, 127, 0, 0, 1, (byte) 224, 0, 0, 1, 10, 0, 0, 5, 10, 0, 0, 6};

        assertEquals(
                IpAddress.parse("10.0.0.5"),
                read("10.0.0.9", w -> w.option(DhcpOptions.ROUTER, routers)).router());
        assertNull(read("10.0.0.9", w -> w.option(DhcpOptions.ROUTER, new byte[] {127, 0, 0, 1}))
                .router());
        assertNull(
                read("10.0.0.9", w -> w.option(DhcpOptions.ROUTER, new byte[5])).router());
    }

    @Test
    void shouldTakeNameServersThatAHostCanAsk() {
        byte[] servers = {127, 0, 0, 53, 0, 0, 0, 0, 9, 9, 9, 9, (byte) 255, 1, 1, 1};

        assertEquals(
                List.of(IpAddress.parse("127.0.0.53"), IpAddress.parse("9.9.9.9")),
                read("10.0.0.9", w -> w.option(DhcpOptions.DNS_SERVERS, servers))
                        .dnsServers());
        assertEquals(
                List.of(),
                read("10.0.0.9", w -> w.option(DhcpOptions.DNS_SERVERS, new byte[6]))
                        .dnsServers());
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64, 65})
    void shouldTakeSixtyFourNameServers(int count) {
        byte[] servers = new byte[4 * count];
        Arrays.fill(servers, (byte) 9);

        assertEquals(
                Collections.nCopies(Math.min(count, 64), IpAddress.parse("9.9.9.9")),
                read("10.0.0.9", w -> w.option(DhcpOptions.DNS_SERVERS, servers))
                        .dnsServers());
    }

    /** The times of a lease of 1000 s, half and seven eighths, each with what is added to it. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 500000, 875000",
        "300, -700, 500300, 874300",
        "-300, 700, 499700, 875700",
        "200000, 0, 625000, 875000", // a quarter of T1 at most
        "-200000, 0, 375000, 875000",
        "0, 40000, 500000, 906250", // a quarter of the way to the nearest of the other two
        "0, -40000, 500000, 843750",
    })
    void shouldFuzzTheTimesALittle(long t1Millis, long t2Millis, long t1, long t2) {
        Lease lease = read("10.0.0.9", t1Millis * 1_000_000, t2Millis * 1_000_000, w -> {});

        assertEquals(-500 + t1 * 1_000_000, lease.renewalNanos());
        assertEquals(-500 + t2 * 1_000_000, lease.rebindingNanos());
        assertEquals(-500 + 1000 * SECOND, lease.expiryNanos());
        assertEquals(-500, lease.startNanos());
    }

    /** T2 lies near T1, so that the way between the two is what counts, and the order is kept. */
    @ParameterizedTest
    @CsvSource({"0, 400000, 410000, 400000, 410000", "90000, 400000, 410000, 407500, 407500"})
    void shouldKeepTheOrderOfTimes(long jitter, long t1, long t2, long renewal, long rebinding) {
        Lease lease = read("10.0.0.9", jitter * 1_000_000, -jitter * 1_000_000, w -> {
            w.intOption(DhcpOptions.RENEWAL_TIME, (int) (t1 / 1000));
            w.intOption(DhcpOptions.REBINDING_TIME, (int) (t2 / 1000));
        });

        assertEquals(-500 + renewal * 1_000_000, lease.renewalNanos());
        assertEquals(-500 + rebinding * 1_000_000, lease.rebindingNanos());
    }

    @Test
    void shouldWantAnAddressATimeAndAServer() {
        Consumer<DhcpWriter> whole = w -> {
            w.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A000001);
            w.intOption(DhcpOptions.LEASE_TIME, 1);
        };
        assertNotNull(LeaseReader.read(message("10.0.0.9", whole), 0, 0, 0, 0));
        assertNull(LeaseReader.read(message("0.0.0.9", whole), 0, 0, 0, 0));
        assertNull(LeaseReader.read(
                message("10.0.0.9", w -> w.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A000001)), 0, 0, 0, 0));
        assertNull(LeaseReader.read(message("10.0.0.9", w -> w.intOption(DhcpOptions.LEASE_TIME, 1)), 0, 0, 0, 0));
    }
}
