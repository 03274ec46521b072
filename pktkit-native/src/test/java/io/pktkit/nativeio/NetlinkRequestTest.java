// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes are written out from the structures of linux/netlink.h and linux/rtnetlink.h, little-endian. */
class NetlinkRequestTest {

    private static final byte[] HOST_4 = {10, 1, 2, 3};
    private static final byte[] NET_4 = {10, 9, 0, 0};
    private static final byte[] HOST_6 = HexFormat.of().parseHex("fd000000000000000000000000000001");

    @BeforeEach
    void needsLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the expected bytes are little-endian");
    }

    @Test
    void shouldAddAnIpv4Address() {
        byte[] broadcast = {10, 1, 2, (byte) 255};

        ByteBuffer message =
                NetlinkRequest.newAddress(7, HOST_4, 24, broadcast, true).finish(5);

        assertHex(
                // length 48, RTM_NEWADDR, REQUEST|ACK|REPLACE|CREATE, sequence 5, port 0
                "30000000 1400 0505 05000000 00000000"
                        // AF_INET, /24, flags 0, scope 0, index 7
                        + "02 18 00 00 07000000"
                        // IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST
                        + "0800 0200 0a010203  0800 0100 0a010203  0800 0400 0a0102ff",
                message);
    }

    @Test
    void shouldAddAnIpv6Address() {
        ByteBuffer message =
                NetlinkRequest.newAddress(258, HOST_6, 64, null, true).finish(1);

        assertHex(
                "40000000 1400 0505 01000000 00000000"
                        + "0a 40 00 00 02010000"
                        + "1400 0200 fd000000000000000000000000000001"
                        + "1400 0100 fd000000000000000000000000000001",
                message);
    }

    @Test
    void shouldLeaveDuplicateAddressDetectionOut() {
        ByteBuffer message =
                NetlinkRequest.newAddress(7, HOST_4, 32, null, false).finish(1);

        assertHex(
                "28000000 1400 0505 01000000 00000000" + "02 20 02 00 07000000"
                        + "0800 0200 0a010203 0800 0100 0a010203",
                message);
    }

    @Test
    void shouldPutAnXdpProgramOnALink() {
        ByteBuffer message = NetlinkRequest.setLinkXdp(7, 33, 5).finish(1);

        assertHex(
                "34000000 1300 0500 01000000 00000000" + "00 00 0000 07000000 00000000 00000000"
                        // IFLA_XDP, nested: IFLA_XDP_FD, IFLA_XDP_FLAGS
                        + "1400 2b80  0800 0100 21000000  0800 0300 05000000",
                message);
    }

    @Test
    void shouldDeleteAnAddressWithoutCreatingOne() {
        ByteBuffer message = NetlinkRequest.deleteAddress(7, HOST_4, 32).finish(5);

        assertHex(
                "28000000 1500 0500 05000000 00000000" + "02 20 00 00 07000000"
                        + "0800 0200 0a010203 0800 0100 0a010203",
                message);
    }

    @Test
    void shouldRouteThroughAGatewayWithUniverseScope() {
        ByteBuffer message = NetlinkRequest.newRoute(7, NET_4, 16, HOST_4).finish(6);

        assertHex(
                "34000000 1800 0505 06000000 00000000"
                        // AF_INET, /16, source /0, TOS 0, main table, RTPROT_STATIC, universe, unicast, flags
                        + "02 10 00 00 fe 04 00 01 00000000"
                        // RTA_DST, RTA_GATEWAY, RTA_OIF
                        + "0800 0100 0a090000  0800 0500 0a010203  0800 0400 07000000",
                message);
    }

    @Test
    void shouldRouteOnLinkWithLinkScopeWhenThereIsNoGateway() {
        ByteBuffer message = NetlinkRequest.newRoute(7, NET_4, 16, null).finish(6);

        assertHex(
                "2c000000 1800 0505 06000000 00000000"
                        + "02 10 00 00 fe 04 fd 01 00000000"
                        + "0800 0100 0a090000  0800 0400 07000000",
                message);
    }

    @Test
    void shouldLeaveTheDestinationOutOfADefaultRoute() {
        ByteBuffer message = NetlinkRequest.newRoute(7, new byte[16], 0, HOST_6).finish(6);

        assertHex(
                "38000000 1800 0505 06000000 00000000"
                        + "0a 00 00 00 fe 04 00 01 00000000"
                        + "1400 0500 fd000000000000000000000000000001  0800 0400 07000000",
                message);
    }

    @Test
    void shouldDeleteARoute() {
        ByteBuffer message = NetlinkRequest.deleteRoute(7, NET_4, 16, null).finish(6);

        assertHex(
                "2c000000 1900 0500 06000000 00000000"
                        + "02 10 00 00 fe 04 fd 01 00000000"
                        + "0800 0100 0a090000  0800 0400 07000000",
                message);
    }

    @Test
    void shouldChangeOnlyTheUpFlagOfALink() {
        ByteBuffer message = NetlinkRequest.setLinkUp(7, true).finish(2);

        assertHex("20000000 1000 0500 02000000 00000000" + "00 00 0000 07000000 01000000 01000000", message);
    }

    @Test
    void shouldBringALinkDown() {
        ByteBuffer message = NetlinkRequest.setLinkUp(7, false).finish(2);

        assertHex("20000000 1000 0500 02000000 00000000" + "00 00 0000 07000000 00000000 01000000", message);
    }

    @Test
    void shouldSetAnMtu() {
        ByteBuffer message = NetlinkRequest.setLinkMtu(7, 9000).finish(2);

        assertHex(
                "28000000 1000 0500 02000000 00000000" + "00 00 0000 07000000 00000000 00000000" + "0800 0400 28230000",
                message);
    }

    @Test
    void shouldPadTheNameWhenALinkIsLookedUpByIt() {
        ByteBuffer message = NetlinkRequest.getLink(0, "pk0ab").finish(2);

        assertHex(
                "2c000000 1200 0100 02000000 00000000"
                        + "00 00 0000 00000000 00000000 00000000"
                        + "0a00 0300 706b30616200 0000",
                message);
    }

    @ParameterizedTest
    @CsvSource({"4, 33", "4, -1", "16, 129", "5, 8", "0, 0"})
    void shouldRefuseWhatIsNoPrefix(int addressLength, int prefixLength) {
        byte[] address = new byte[addressLength];

        assertThrows(
                IllegalArgumentException.class, () -> NetlinkRequest.newAddress(1, address, prefixLength, null, true));
        assertThrows(IllegalArgumentException.class, () -> NetlinkRequest.newRoute(1, address, prefixLength, null));
    }

    @Test
    void shouldRefuseAGatewayOfTheOtherFamily() {
        assertThrows(IllegalArgumentException.class, () -> NetlinkRequest.newRoute(1, NET_4, 16, HOST_6));
    }

    private static void assertHex(String expected, ByteBuffer message) {
        byte[] bytes = new byte[message.remaining()];
        message.get(0, bytes);
        assertEquals(expected.replace(" ", ""), HexFormat.of().formatHex(bytes));
    }
}
