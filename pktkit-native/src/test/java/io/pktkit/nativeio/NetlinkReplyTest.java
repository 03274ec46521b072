// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NetlinkReplyTest {

    /** NLMSG_ERROR with error 0, capped: the acknowledgement of request 9. */
    private static final String ACK =
            "24000000 0200 0001 09000000 00000000" + "00000000" + "30000000 1400 0505 09000000 00000000";

    /** NLMSG_ERROR -EINVAL with ACK_TLVS and CAPPED, and the text "bad x". */
    private static final String ERROR = "30000000 0200 0003 09000000 00000000" + "eaffffff"
            + "30000000 1400 0505 09000000 00000000" + "0a00 0100 626164207800 0000";

    /** The same, the request quoted whole (here: 4 bytes after its header). */
    private static final String UNCAPPED = "34000000 0200 0002 09000000 00000000" + "eaffffff"
            + "14000000 1400 0505 09000000 00000000 cafecafe" + "0a00 0100 626164207800 0000";

    /** RTM_NEWLINK, index 7, up, with IFLA_ADDRESS, IFLA_IFNAME and IFLA_MTU. */
    private static final String LINK = "40000000 1000 0000 09000000 00000000" + "00 00 0100 07000000 01000000 00000000"
            + "0a00 0100 020000abcdef 0000" + "0800 0300 706b3000" + "0800 0400 dc050000" + "0400 0500";

    @BeforeEach
    void needsLittleEndian() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the test bytes are little-endian");
    }

    @Test
    void shouldUseTheKernelsStructureSizes() {
        // sizeof nlmsghdr, nlmsgerr, ifaddrmsg, rtmsg, ifinfomsg, rtattr
        assertEquals(
                "16 20 8 12 16 4",
                Netlink.HEADER_SIZE + " " + Netlink.ERROR_SIZE + " " + Netlink.ADDRESS_SIZE + " " + Netlink.ROUTE_SIZE
                        + " " + Netlink.LINK_SIZE + " " + Netlink.ATTRIBUTE_HEADER_SIZE);
    }

    @Test
    void shouldReadAnAcknowledgement() {
        NetlinkReply reply = reply(ACK);

        assertTrue(reply.next());
        assertEquals(Netlink.NLMSG_ERROR, reply.type());
        assertEquals(9, reply.sequence());
        assertEquals(0, reply.errno());
        assertEquals("", reply.errorText());
        assertFalse(reply.next());
    }

    @Test
    void shouldReadTheKernelsTextOfAnError() {
        NetlinkReply capped = reply(ERROR);
        NetlinkReply uncapped = reply(UNCAPPED);

        assertTrue(capped.next());
        assertEquals(Errno.EINVAL, capped.errno());
        assertEquals("bad x", capped.errorText());
        assertTrue(uncapped.next());
        assertEquals("bad x", uncapped.errorText());
    }

    @Test
    void shouldReadALink() {
        NetlinkReply reply = reply(LINK);

        assertTrue(reply.next());
        assertEquals(new LinkInfo(7, "pk0", 1500, 0x020000abcdefL, true, 0, 0), reply.link());
    }

    /** With IFLA_XDP, and in it IFLA_XDP_ATTACHED and IFLA_XDP_PROG_ID. */
    @Test
    void shouldReadTheXdpProgramOfALink() {
        NetlinkReply reply = reply("34000000 1000 0000 01000000 00000000" + "00 00 0100 07000000 01000000 00000000"
                + "1400 2b80" + "0500 0200 02000000" + "0800 0400 39050000");

        assertTrue(reply.next());
        assertEquals(new LinkInfo(7, "", 0, 0, true, LinkInfo.XDP_GENERIC, 1337), reply.link());
    }

    @Test
    void shouldWalkSeveralMessages() {
        NetlinkReply reply = reply(LINK + ACK + ERROR);

        assertTrue(reply.next());
        assertEquals(Netlink.RTM_NEWLINK, reply.type());
        assertTrue(reply.next());
        assertEquals(0, reply.errno());
        assertTrue(reply.next());
        assertEquals(Errno.EINVAL, reply.errno());
        assertFalse(reply.next());
        assertFalse(reply.next());
    }

    @Test
    void shouldNotFailOnAnyTruncation() {
        byte[] whole = bytes(LINK + UNCAPPED + ERROR);

        for (int length = 0; length <= whole.length; length++) {
            walk(direct(whole), length);
            walk(direct(java.util.Arrays.copyOf(whole, length)), length);
        }
    }

    @Test
    void shouldNotFailOnMutatedAndRandomBytes() {
        long seed = 0x6e6c31;
        Random random = new Random(seed);
        byte[] whole = bytes(LINK + UNCAPPED + ERROR + ACK);

        for (int round = 0; round < 200_000; round++) {
            byte[] mutated = whole.clone();
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            try {
                walk(direct(mutated), mutated.length);
            } catch (RuntimeException failure) {
                throw new AssertionError("seed=" + seed + " round=" + round, failure);
            }
        }
    }

    private static void walk(ByteBuffer memory, int length) {
        NetlinkReply reply = new NetlinkReply(memory, length);
        int messages = 0;
        while (reply.next()) {
            reply.errno();
            reply.errorText();
            reply.link();
            messages++;
        }
        assertTrue(messages <= length / Netlink.HEADER_SIZE, "length=" + length + " messages=" + messages);
    }

    private static NetlinkReply reply(String hex) {
        byte[] bytes = bytes(hex);
        return new NetlinkReply(direct(bytes), bytes.length);
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
