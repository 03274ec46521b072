// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.Reservation;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the configuration makes of addresses. */
class ServerPolicyTest {
    private static final int NETWORK = 0x0A000200;

    private static DhcpServerConfigBuilder range(int first, int last) {
        return DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"))
                .router(IpAddress.parse("10.0.2.1"))
                .range(IpAddress.ofIpv4(NETWORK + first), IpAddress.ofIpv4(NETWORK + last))
                .reservation(
                        new Reservation(MacAddress.parse("02:00:00:00:00:01"), IpAddress.ofIpv4(NETWORK + 5), null));
    }

    @Test
    void shouldWithholdWhatIsNotForClients() {
        BitSet withheld = policy(range(0, 9)).withheld();
        BitSet expected = new BitSet();
        expected.set(0, 3);
        expected.set(5);

        assertEquals(expected, withheld);
    }

    @Test
    void shouldWithholdNothingBeyondTheRange() {
        assertEquals(0, policy(range(250, 254)).withheld().length(), "the broadcast address comes next");
    }

    @Test
    void shouldKnowWhatOnlyThisServerGives() {
        ServerPolicy policy = policy(range(10, 12));

        for (int host = 0; host < 256; host++) {
            boolean ours = host == 1 || host == 2 || host == 5 || (host >= 10 && host <= 12);
            assertEquals(ours, policy.isOurs(NETWORK + host), "host=" + host);
        }
        assertFalse(policy.isOurs(0));
        assertTrue(policy.isAuthoritative());
        assertFalse(policy(range(10, 12).authoritative(false)).isAuthoritative());
    }

    @Test
    void shouldNotCallTheEndsOfASubnetOurs() {
        ServerPolicy policy = policy(range(0, 255));

        assertFalse(policy.isOurs(NETWORK));
        assertTrue(policy.isOurs(NETWORK + 254));
        assertFalse(policy.isOurs(NETWORK + 255));
    }

    @ParameterizedTest
    @CsvSource({
        "10, 13, 1024, 1", // a quarter of four
        "10, 17, 1024, 2",
        "0, 11, 1024, 2", // of the eight that are left
        "10, 12, 1024, 1", // one at least
        "10, 209, 1024, 50",
        "10, 209, 40, 10", // of the leases that there may be
    })
    void shouldFenceOffAQuarterAtMost(int first, int last, int maxLeases, int expected) {
        DhcpServerConfig config = range(first, last).maxLeases(maxLeases, 1).build();

        assertEquals(expected, new ServerEngine(config, (lease, event) -> {}).maxDeclined());
    }

    @Test
    void shouldFenceOffAThousandAtMost() {
        DhcpServerConfig config = DhcpServerConfig.builder(IpPrefix.parse("10.0.0.1/8"))
                .maxLeases(65536, 1)
                .build();

        assertEquals(1024, new ServerEngine(config, (lease, event) -> {}).maxDeclined());
    }

    @Test
    void shouldTakeTheClientsOfASubnetBehindRelaysForOneStation() {
        DhcpSubnet subnet = DhcpSubnet.builder(IpPrefix.parse("10.0.9.0/24")).build();
        ServerPolicy policy = new ServerPolicy(range(10, 12).subnet(subnet).build(), subnet);
        DhcpMessage message = new DhcpMessage();

        assertEquals(policy.stationOf(message, 1), policy.stationOf(message, 2));
        assertEquals(ClientKey.relayed(0x0A000900), policy.stationOf(message, 0), "and it is nobody's else");
    }

    private static ServerPolicy policy(DhcpServerConfigBuilder builder) {
        DhcpServerConfig config = builder.build();
        return new ServerPolicy(config, config.ownSubnet());
    }
}
