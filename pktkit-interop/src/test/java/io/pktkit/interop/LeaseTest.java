// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The DHCP clients of real systems take address, mask, gateway, DNS server and MTU from ours. */
@NeedsPeer({"ip", "dhclient", "udhcpc", "ping", "getent"})
class LeaseTest {
    static Stream<Named<Consumer<Guest>>> clients() {
        return Stream.of(Named.of("dhclient", Guest::dhclient), Named.of("udhcpc", Guest::udhcpc));
    }

    @ParameterizedTest
    @MethodSource("clients")
    void shouldGiveAddressGatewayAndDns(Consumer<Guest> client) throws IOException, InterruptedException {
        try (Guest guest = new Guest("--subnet", "10.77.5.0/24")) {
            client.accept(guest);

            String joined = guest.network.awaitLine("joined");
            String address = guest.shell("ip -4 -o addr show dev " + guest.tap).output();
            String route = guest.shell("ip route show default").output();
            String resolver = Files.readString(guest.namespace.resolvConf());
            assertTrue(address.contains("inet 10.77.5.") && address.contains("/24"), address);
            assertTrue(joined.contains(address.replaceAll("(?s).*inet ([0-9.]+)/24.*", "$1")), joined + address);
            assertTrue(route.startsWith("default via 10.77.5.1 "), route);
            assertEquals("nameserver 10.77.5.1\n", resolver);
            Pings.expectAll(
                    2, guest.shell(Pings.command(2, "-i 0.2", "10.77.5.1")).output());
            String name = guest.shell("getent ahostsv4 gateway.pktkit")
                    .expectSuccess()
                    .output();
            assertTrue(name.startsWith("10.77.5.1 "), name);
        }
    }
}
