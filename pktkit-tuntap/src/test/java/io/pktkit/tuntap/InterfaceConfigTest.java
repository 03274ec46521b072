// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InterfaceConfigTest {

    @Test
    void shouldLeaveEverythingToTheKernelUnlessTold() {
        TapConfig config = TapConfig.builder().build();

        assertEquals("", config.name());
        assertEquals(0, config.mtu());
        assertTrue(config.up());
        assertEquals(List.of(), config.addresses());
        assertEquals(List.of(), config.routes());
        assertNull(config.macAddress());
    }

    @Test
    void shouldKeepOneAddressOfEachFamily() {
        TunConfig config = TunConfig.builder()
                .address(IpPrefix.parse("10.0.0.1/24"))
                .address(IpPrefix.parse("fd00::1/64"))
                .address(IpPrefix.parse("10.0.0.2/24"))
                .build();

        assertEquals(List.of(IpPrefix.parse("fd00::1/64"), IpPrefix.parse("10.0.0.2/24")), config.addresses());
    }

    @Test
    void shouldNotChangeWithItsBuilder() {
        TunConfig.Builder builder = TunConfig.builder().mtu(1280);
        TunConfig config = builder.build();

        builder.mtu(9000).address(IpPrefix.parse("10.0.0.1/24"));

        assertEquals(1280, config.mtu());
        assertEquals(List.of(), config.addresses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sixteen-bytes-xy", "a/b", "a b", "tun%d", "a\0b"})
    void shouldRefuseANameThatTheKernelWouldChange(String name) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> TapConfig.builder().name(name))
                .toString();

        assertTrue(message.contains("name=" + name.replace('\0', '?')), message);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 67, 65536, Integer.MAX_VALUE})
    void shouldRefuseAnMtuOutOfBounds(int mtu) {
        assertThrows(IllegalArgumentException.class, () -> TapConfig.builder().mtu(mtu));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0/0", "0.0.0.0/8", "::/64", "224.0.0.1/24", "ff02::1/64"})
    void shouldRefuseAnAddressThatNoInterfaceHas(String address) {
        assertThrows(IllegalArgumentException.class, () -> TunConfig.builder().address(IpPrefix.parse(address)));
    }

    @Test
    void shouldClearTheHostBitsOfADestination() {
        assertEquals(
                IpPrefix.parse("10.9.0.0/16"), new InterfaceRoute(IpPrefix.parse("10.9.8.7/16"), null).destination());
    }

    @Test
    void shouldRefuseAGatewayOfTheOtherFamily() {
        assertThrows(
                IllegalArgumentException.class,
                () -> TunConfig.builder().route(IpPrefix.parse("10.9.0.0/16"), IpAddress.parse("fd00::1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:00:00:00:00:00", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"})
    void shouldRefuseAnOwnAddressThatIsNoStation(String mac) {
        assertThrows(IllegalArgumentException.class, () -> TapConfig.builder().macAddress(MacAddress.parse(mac)));
    }
}
