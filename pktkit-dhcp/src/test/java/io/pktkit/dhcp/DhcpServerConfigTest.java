// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration accepts, and that a refusal is one line with the value in it. */
class DhcpServerConfigTest {
    @Test
    void shouldLeaveOutWhatIsNotForClients() {
        ServerBench small = new ServerBench(
                b -> DhcpServerConfig.builder(IpPrefix.parse("192.0.2.2/29")).router(IpAddress.parse("192.0.2.1")));

        for (int station = 1; station <= 4; station++) {
            assertEquals(0xC0000202 + station, small.discover(station).yiaddr());
        }
        assertTrue(small.discover(5).isSilence());
    }

    @Test
    void shouldServeTheOtherEndOfAPointToPointLink() {
        ServerBench link = new ServerBench(b -> DhcpServerConfig.builder(IpPrefix.parse("192.0.2.0/31")));

        assertEquals(0xC0000201, link.discover(1).yiaddr());
        assertTrue(link.discover(2).isSilence());
    }

    @Test
    void shouldCutTheRangeOfALargeSubnet() {
        DhcpServerConfig config =
                DhcpServerConfig.builder(IpPrefix.parse("10.0.0.1/8")).build();

        assertEquals(IpAddress.parse("10.0.0.1"), config.rangeStart());
        assertEquals(IpAddress.parse("10.1.0.0"), config.rangeEnd());
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.2.1/24, 02:dd:0a:00:02:01",
        "203.0.113.254/24, 02:dd:cb:00:71:fe",
    })
    void shouldMakeTheStationAddressOfTheServerAddress(String server, String mac) {
        assertEquals(
                MacAddress.parse(mac),
                DhcpServerConfig.builder(IpPrefix.parse(server)).build().mac());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.2.0/24", "10.0.2.255/24", "2001:db8::1/64", "127.0.0.1/8", "224.0.0.1/24", "0.0.0.1/0"})
    void shouldRefuseAServerAddressThatNoHostHas(String address) {
        IpPrefix prefix = IpPrefix.parse(address);

        refused(prefix.address().toString(), () -> DhcpServerConfig.builder(prefix));
    }

    @Test
    void shouldRefuseWhatDoesNotFitTheSubnet() {
        refused("10.0.3.1", b -> b.router(IpAddress.parse("10.0.3.1")));
        refused("10.0.2.255", b -> b.router(IpAddress.parse("10.0.2.255")));
        refused("10.0.3.9", b -> b.range(IpAddress.parse("10.0.2.9"), IpAddress.parse("10.0.3.9")));
        refused("10.0.2.8", b -> b.range(IpAddress.parse("10.0.2.9"), IpAddress.parse("10.0.2.8")));
        refused("widen", b -> b.range(IpAddress.parse("10.0.2.2"), IpAddress.parse("10.0.2.2")));
        refused("10.0.9.9", b -> b.reservation(reservation(1, "10.0.9.9")));
        refused("10.0.2.2", b -> b.reservation(reservation(1, "10.0.2.2")));
        refused("10.0.2.8", b -> b.reservation(reservation(1, "10.0.2.9")).reservation(reservation(1, "10.0.2.8")));
        refused("10.0.2.9", b -> b.reservation(reservation(1, "10.0.2.9")).reservation(reservation(2, "10.0.2.9")));
        refused("10.0.3.1", b -> b.relay(IpAddress.parse("10.0.3.1")));
    }

    @Test
    void shouldRefuseValuesOutOfRange() {
        refused("mtu=67", b -> b.mtu(67));
        refused("mtu=65536", b -> b.mtu(65536));
        refused("leaseTime=PT0S", b -> b.leaseTime(Duration.ZERO));
        refused("provisionalLeaseTime=PT-1S", b -> b.provisionalLeaseTime(Duration.ofSeconds(-1)));
        refused("maxLeases=0", b -> b.maxLeases(0, 1));
        refused("maxLeasesPerStation=11", b -> b.maxLeases(10, 11));
        refused("size=65", b -> b.dnsServers(Collections.nCopies(65, IpAddress.parse("9.9.9.9"))));
        refused("dnsServer=::1", b -> b.dnsServers(List.of(IpAddress.parse("::1"))));
        refused("domainName=a..b", b -> b.domainName("a..b"));
        refused("searchDomain=-\n", b -> b.searchDomains(List.of("-\n")));
        refused("mac=ff:ff:ff:ff:ff:ff", b -> b.mac(MacAddress.BROADCAST));
    }

    @Test
    void shouldRefuseAClientThatIsNoStation() {
        refused("mac=00:00:00:00:00:00", () -> DhcpClientConfig.builder(MacAddress.ZERO));
        DhcpClientConfig.Builder client = DhcpClientConfig.builder(Lan.mac(1));
        refused("hostname=a b", () -> client.hostname("a b"));
        refused("length=1", () -> client.clientIdentifier(new byte[1]));
        refused("maximumMessageSize=575", () -> client.maximumMessageSize(575));
    }

    private static Reservation reservation(int station, String address) {
        return new Reservation(Lan.mac(station), IpAddress.parse(address), null);
    }

    private static void refused(String named, Consumer<DhcpServerConfigBuilder> setting) {
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(Lan.SERVER);
        refused(named, () -> {
            setting.accept(builder);
            builder.build();
        });
    }

    private static void refused(String named, Runnable setting) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, setting::run).getMessage());

        assertTrue(message.contains(named), message);
    }
}
