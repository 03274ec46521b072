// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.tuntap.UtunCommands.RouteChange;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names as XNU gives them; the forms of commands are those of the manual pages ifconfig(8) and route(8) of macOS. */
class UtunCommandsTest {

    private static String text(List<String> command) {
        return String.join(" ", command);
    }

    private static InterfaceRoute route(String destination, @Nullable String gateway) {
        return new InterfaceRoute(IpPrefix.parse(destination), gateway == null ? null : IpAddress.parse(gateway));
    }

    @Test
    void shouldSetTheMtuAndTheState() {
        assertEquals(List.of("/sbin/ifconfig", "utun7", "mtu", "1420"), UtunCommands.mtu("utun7", 1420));
        assertEquals(List.of("/sbin/ifconfig", "utun7", "up"), UtunCommands.up("utun7", true));
        assertEquals(List.of("/sbin/ifconfig", "utun7", "down"), UtunCommands.up("utun7", false));
    }

    @ParameterizedTest
    @CsvSource({
        "10.77.0.1/24, /sbin/ifconfig utun7 inet 10.77.0.1/24 10.77.0.1 alias, /sbin/ifconfig utun7 inet 10.77.0.1 -alias",
        "10.77.0.1/32, /sbin/ifconfig utun7 inet 10.77.0.1/32 10.77.0.1 alias, /sbin/ifconfig utun7 inet 10.77.0.1 -alias",
        "fd77::1/64, /sbin/ifconfig utun7 inet6 fd77::1 prefixlen 64 alias, /sbin/ifconfig utun7 inet6 fd77::1 -alias",
        "fd77::1/128, /sbin/ifconfig utun7 inet6 fd77::1 prefixlen 128 alias, /sbin/ifconfig utun7 inet6 fd77::1 -alias"
    })
    void shouldGiveAndTakeAnAddress(String prefix, String give, String take) {
        assertEquals(give, text(UtunCommands.giveAddress("utun7", IpPrefix.parse(prefix))));
        assertEquals(take, text(UtunCommands.takeAddress("utun7", IpPrefix.parse(prefix))));
    }

    @ParameterizedTest
    @CsvSource({
        "10.88.1.2/16, , ADD, /sbin/route -n add -inet 10.88.0.0/16 -interface utun7",
        "10.88.0.0/16, 10.77.0.2, ADD, /sbin/route -n add -inet 10.88.0.0/16 10.77.0.2",
        "10.88.0.0/16, , DELETE, /sbin/route -n delete -inet 10.88.0.0/16 -interface utun7",
        "10.88.0.9/32, , CHANGE, /sbin/route -n change -inet 10.88.0.9/32 -interface utun7",
        "0.0.0.0/0, , ADD, /sbin/route -n add -inet default -interface utun7",
        "0.0.0.0/0, 10.77.0.2, ADD, /sbin/route -n add -inet default 10.77.0.2",
        "fd88::/32, , ADD, /sbin/route -n add -inet6 fd88::/32 -interface utun7",
        "fd88::/32, fd77::2, CHANGE, /sbin/route -n change -inet6 fd88::/32 fd77::2",
        "::/0, , ADD, /sbin/route -n add -inet6 default -interface utun7"
    })
    void shouldRoute(String destination, @Nullable String gateway, RouteChange change, String command) {
        assertEquals(command, text(UtunCommands.route("utun7", change, route(destination, gateway))));
    }

    @ParameterizedTest
    @CsvSource({"'', -1", "utun0, 0", "utun12, 12", "utun2147483646, 2147483646"})
    void shouldFindTheNumberInAName(String name, int number) throws IOException {
        assertEquals(number, UtunInterface.number(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"utun", "utun01", "utun-1", "utun+1", "utun2147483647", "utun99999999999", "utun1x", "tun0"})
    void shouldRefuseANameThatMacOsHasNot(String name) {
        IOException failure = assertThrows(IOException.class, () -> UtunInterface.number(name));

        assertEquals(
                "open TUN interface " + name + ": macOS names them utun0, utun1 and so on: choose such a name, or none",
                failure.getMessage());
    }
}
