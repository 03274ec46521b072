// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options 121 (RFC 3442) and 108 (RFC 8925), which are told to those who ask. */
class ClasslessRouteTest {
    private static final DhcpRoute ROUTE = route("10.8.0.0/16", "10.0.2.9");
    private static final String ENCODED = "100a08" + "0a000209";
    private static final String WITH_DEFAULT = ENCODED + "00" + "0a000201";

    private final ServerBench bench = new ServerBench(builder -> builder.route(ROUTE));

    @ParameterizedTest
    @ValueSource(strings = {"017903", "010379", "790301"})
    void shouldGiveTheRoutesAndTheDefaultRouteInPlaceOfTheRouter(String asked) {
        DhcpMessage offer = asking(bench, asked);

        assertArrayEquals(hex(WITH_DEFAULT), offer.option(DhcpOptions.CLASSLESS_ROUTES));
        assertNull(offer.option(DhcpOptions.ROUTER), "RFC 3442: the router should not be sent along");
        assertNotNull(offer.option(DhcpOptions.SUBNET_MASK));
    }

    @Test
    void shouldGiveTheRouterToWhoKnowsNoRoutes() {
        assertArrayEquals(hex("0a000201"), asking(bench, "0103").option(DhcpOptions.ROUTER));
        assertNull(asking(bench, "0103").option(DhcpOptions.CLASSLESS_ROUTES));
        assertNotNull(bench.discover(2).message().option(DhcpOptions.ROUTER), "nor did it ask for anything");
        assertNull(bench.discover(2).message().option(DhcpOptions.CLASSLESS_ROUTES));
    }

    @Test
    void shouldGiveTheRouterIfTheRoutesDoNotFit() {
        ServerBench crowded = new ServerBench(builder -> {
            for (int i = 0; i < 64; i++) {
                builder.route(route("10.8.0." + i + "/32", "10.0.2.9"));
            }
            return builder;
        });

        DhcpMessage offer = asking(crowded, "017903");

        assertNull(offer.option(DhcpOptions.CLASSLESS_ROUTES));
        assertNotNull(offer.option(DhcpOptions.ROUTER));
        assertEquals(
                64 * 9 + 5,
                Objects.requireNonNull(asking(crowded, "017903", 1500).option(DhcpOptions.CLASSLESS_ROUTES)).length);
    }

    @Test
    void shouldAddNoSecondDefaultRouteNorOneOverNobody() {
        ServerBench own =
                new ServerBench(builder -> builder.route(DhcpRoute.toEverywhere(IpAddress.parse("10.0.2.9"))));
        ServerBench none = new ServerBench(builder -> builder.route(route("10.9.0.0/16", "0.0.0.0")));

        assertArrayEquals(hex("000a000209"), asking(own, "7903").option(DhcpOptions.CLASSLESS_ROUTES));
        assertTrue(none.server.config().routes().get(0).isOnLink());
        assertArrayEquals(
                hex("100a09000000" + "00" + "000a000201"), asking(none, "7903").option(DhcpOptions.CLASSLESS_ROUTES));
    }

    @Test
    void shouldRefuseARouteOverAnotherSubnet() {
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"));

        assertThrows(IllegalArgumentException.class, () -> builder.route(route("10.8.0.0/16", "10.0.3.1")));
        assertThrows(IllegalArgumentException.class, () -> builder.route(route("10.8.0.0/16", "10.0.2.255")));
        for (int i = 0; i < 64; i++) {
            builder.route(ROUTE);
        }
        assertThrows(IllegalArgumentException.class, () -> builder.route(ROUTE));
    }

    @Test
    void shouldTellAClientItsRoutesAndFollowThemOnly() {
        Lease lease = leaseWith("10" + "0a08" + "0a000209" + "00" + "0a000207", "0a000201");

        assertEquals(List.of(ROUTE, DhcpRoute.toEverywhere(IpAddress.parse("10.0.2.7"))), lease.routes());
        assertEquals(IpAddress.parse("10.0.2.7"), lease.router());
    }

    @Test
    void shouldHaveNoRouterIfTheRoutesHaveNone() {
        assertNull(leaseWith(ENCODED, "0a000201").router());
        assertNull(leaseWith("0000000000", "0a000201").router(), "everything on the link is no router");
    }

    @Test
    void shouldTakeTheRouterIfTheRoutesAreMalformed() {
        Lease lease = leaseWith("2100", "0a000201");

        assertEquals(List.of(), lease.routes());
        assertEquals(IpAddress.parse("10.0.2.1"), lease.router());
    }

    @Test
    void shouldAskForRoutesBeforeTheRouter() {
        ClientBench client = new ClientBench(false);
        client.start();

        String asked = HexFormat.of()
                .formatHex(Objects.requireNonNull(client.last().option(DhcpOptions.PARAMETER_REQUEST_LIST)));

        assertTrue(asked.indexOf("79") >= 0 && asked.indexOf("79") < asked.indexOf("03"), asked);
    }

    @Test
    void shouldAgreeWithItsOwnClient() {
        try (Lan lan = new Lan(builder -> builder.route(ROUTE))) {
            Lan.Host host = lan.host(1);
            host.start();

            Lease lease = Objects.requireNonNull(host.client.lease());
            assertEquals(List.of(ROUTE, DhcpRoute.toEverywhere(Lan.ROUTER)), lease.routes());
            assertEquals(Lan.ROUTER, lease.router());
        }
    }

    @Test
    void shouldTellThoseWhoAskThatThereIsIpv6Only() {
        ServerBench only = new ServerBench(builder -> builder.ipv6Only(Duration.ofMinutes(30)));

        assertEquals(1800, asking(only, "016c").intOption(DhcpOptions.IPV6_ONLY_PREFERRED));
        assertNull(asking(only, "0103").option(DhcpOptions.IPV6_ONLY_PREFERRED));
        assertNull(only.discover(2).message().option(DhcpOptions.IPV6_ONLY_PREFERRED));
        assertNull(asking(bench, "016c").option(DhcpOptions.IPV6_ONLY_PREFERRED));
    }

    @Test
    void shouldRefuseAShorterTimeWithoutIpv4ThanTheRfcHas() {
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"));

        assertThrows(IllegalArgumentException.class, () -> builder.ipv6Only(Duration.ofSeconds(299)));
        assertEquals(300, builder.ipv6Only(Duration.ofMinutes(5)).build().ipv6OnlySeconds());
    }

    private static DhcpMessage asking(ServerBench bench, String codes) {
        return asking(bench, codes, 576);
    }

    private static DhcpMessage asking(ServerBench bench, String codes, int size) {
        return bench.send(1, DhcpOptions.DISCOVER, writer -> {
                    writer.option(DhcpOptions.PARAMETER_REQUEST_LIST, hex(codes));
                    writer.shortOption(DhcpOptions.MAXIMUM_MESSAGE_SIZE, size);
                })
                .message();
    }

    private static Lease leaseWith(String routes, String router) {
        ClientBench client = new ClientBench(false);
        client.start();
        client.offer();
        client.answer(DhcpOptions.ACK, writer -> {
            ClientBench.usual(writer);
            writer.option(DhcpOptions.CLASSLESS_ROUTES, hex(routes));
            writer.option(DhcpOptions.ROUTER, hex(router));
        });
        return Objects.requireNonNull(client.client.lease());
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static DhcpRoute route(String destination, String router) {
        return new DhcpRoute(IpPrefix.parse(destination), IpAddress.parse(router));
    }
}
