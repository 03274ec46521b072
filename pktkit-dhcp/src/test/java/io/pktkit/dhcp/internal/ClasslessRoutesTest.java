// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Option 121 against the table of RFC 3442, and against whatever a server may send. */
class ClasslessRoutesTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Subnet, mask and encoding of RFC 3442's table, with the router 10.0.2.1 behind each. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 00",
        "10.0.0.0/8, 080a",
        "10.0.0.0/24, 180a0000",
        "10.17.0.0/16, 100a11",
        "10.27.129.0/24, 180a1b81",
        "10.229.0.128/25, 190a e5 00 80",
        "10.198.122.47/32, 200a c6 7a 2f",
    })
    void shouldEncodeAsInTheTableOfTheRfc(String destination, String expected) {
        DhcpRoute route = route(destination, "10.0.2.1");
        byte[] encoded = HEX.parseHex(expected.replace(" ", "") + "0a000201");

        assertArrayEquals(encoded, ClasslessRoutes.encode(List.of(route)));
        assertEquals(List.of(route), ClasslessRoutes.decode(encoded));
    }

    @Test
    void shouldKeepTheOrder() {
        List<DhcpRoute> routes = List.of(route("10.0.0.0/8", "10.0.2.9"), route("0.0.0.0/0", "10.0.2.1"));

        assertEquals(routes, ClasslessRoutes.decode(ClasslessRoutes.encode(routes)));
    }

    @Test
    void shouldTakeHostBitsOff() {
        // 10.1.2.255/20: the third octet is significant, its last four bits are not.
        assertEquals(
                List.of(route("10.1.240.0/20", "10.0.2.1")), ClasslessRoutes.decode(HEX.parseHex("140a01ff0a000201")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "000a0002", // a router of three octets
                "210a000000000a000201", // a prefix of 33 bits
                "ff0a000000000a000201",
                "080a0a0002", // the destination is there, the router is not whole
                "000a00020100", // something after the last route
            })
    void shouldIgnoreAMalformedValue(String value) {
        assertNull(ClasslessRoutes.decode(HEX.parseHex(value)));
    }

    @ParameterizedTest
    @CsvSource({"00e0000001, 0", "007f000001, 0", "0000000001, 0", "0000000000, 1", "00dfffffff, 1"})
    void shouldLeaveOutRoutesOverWhatIsNoRouter(String value, int routes) {
        assertEquals(
                routes,
                Objects.requireNonNull(ClasslessRoutes.decode(HEX.parseHex(value)))
                        .size());
    }

    @Test
    void shouldTakeABoundedNumber() {
        byte[] many = ClasslessRoutes.encode(Collections.nCopies(300, route("10.0.0.0/8", "10.0.2.1")));

        assertEquals(
                ClasslessRoutes.MAX_ROUTES,
                Objects.requireNonNull(ClasslessRoutes.decode(many)).size());
    }

    @Test
    void shouldBeTotal() {
        long seed = 8;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] junk = new byte[random.nextInt(40)];
            random.nextBytes(junk);
            List<DhcpRoute> routes = ClasslessRoutes.decode(junk);
            // What was understood means the same when it is said again.
            if (routes != null && !routes.isEmpty()) {
                assertEquals(
                        routes,
                        ClasslessRoutes.decode(ClasslessRoutes.encode(routes)),
                        "seed=" + seed + " junk=" + Arrays.toString(junk));
            }
        }
    }

    @Test
    void shouldBeOfIpv4() {
        IpPrefix all = IpPrefix.parse("::/0");
        IpAddress router = IpAddress.parse("10.0.2.1");

        assertThrows(IllegalArgumentException.class, () -> new DhcpRoute(all, router));
        assertThrows(
                IllegalArgumentException.class,
                () -> new DhcpRoute(IpPrefix.parse("10.0.0.0/8"), IpAddress.parse("fe80::1")));
    }

    private static DhcpRoute route(String destination, String router) {
        return new DhcpRoute(IpPrefix.parse(destination), IpAddress.parse(router));
    }
}
