// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pktkit.nat.alg.IrcHelper;
import io.pktkit.nat.alg.TftpHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** TFTP, and DCC of IRC. */
class SmallHelpersTest {

    private final NatWorld world = new NatWorld(config ->
            config.helper(new TftpHelper()).helper(new IrcHelper()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
    private int client = 1001;
    private int server = 1001;

    private static String payload(Sent sent) {
        TcpSegment tcp = Objects.requireNonNull(sent.packet().tcp());
        byte[] bytes = new byte[tcp.payloadLength()];
        tcp.buffer().get(tcp.payloadOffset(), bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String said(String line) {
        ByteBuffer body = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
        Sent sent = world.passedOut(PacketBuilder.tcp(HOST, 41_000, SERVER, 6667, client, server, ACK, 100, body));
        client += line.length();
        return payload(sent);
    }

    private String heard(String line) {
        ByteBuffer body = ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1));
        Sent sent = world.passedIn(PacketBuilder.tcp(SERVER, 6667, PUBLIC, 41_000, server, 1, ACK, 100, body));
        server += line.length();
        return payload(sent);
    }

    @Test
    void shouldLetATftpServerAnswerFromAnotherPort() {
        ByteBuffer request = PacketBuilder.udp(
                HOST, 2000, SERVER, 69, ByteBuffer.wrap("\0\1file\0octet\0".getBytes(StandardCharsets.US_ASCII)));
        world.passedOut(request);

        assertSame(NatDrop.FILTERED, world.in(udp(OTHER_SERVER, 4000, PUBLIC, 2000)));
        world.passedIn(udp(SERVER, 4000, PUBLIC, 2000));
        world.passedOut(udp(HOST, 2000, SERVER, 4000));
        world.pass(TftpHelper.WINDOW);
        world.passedIn(udp(SERVER, 4000, PUBLIC, 2000));
        assertSame(NatDrop.FILTERED, world.in(udp(SERVER, 4001, PUBLIC, 2000)));
    }

    @Test
    void shouldOpenForRequestsAlone() {
        for (int operation : new int[] {0, 3, 4, 5, 6, 255}) {
            byte[] bytes = {0, (byte) operation, 0, 1};
            world.passedOut(PacketBuilder.udp(HOST, 2000, SERVER, 69, ByteBuffer.wrap(bytes)));
        }
        assertSame(NatDrop.FILTERED, world.in(udp(SERVER, 4000, PUBLIC, 2000)));
    }

    @Test
    void shouldOpenWhatIsOffered() {
        world.connect(HOST, 41_000, SERVER, 6667);
        assertEquals(
                "PRIVMSG b :\1DCC SEND file 3405803777 40001 1000\1\r\n",
                said("PRIVMSG b :\1DCC SEND file 167772162 40001 1000\1\r\n"));
        assertEquals(
                40_001,
                world.passedIn(tcp(OTHER_SERVER, 9, PUBLIC, 40_001, SYN)).destinationPort());
        assertEquals(
                "PRIVMSG b :\1DCC CHAT chat 3405803777 40002\1\r\n",
                said("PRIVMSG b :\1dcc CHAT chat 167772162 40002\1\r\n").replace("dcc", "DCC"));
        assertEquals(
                "PRIVMSG b :\1DCC SEND \"a  b 1.txt\" 3405803777 40003 7\1\r\n",
                said("PRIVMSG b :\1DCC SEND \"a  b 1.txt\" 167772162 40003 7\1\r\n"));
        assertEquals(
                "X \1DCC SEND a 3405803777 40004 7\1 \1DCC SEND b 3405803777 40005 7\1\r\n",
                said("X \1DCC SEND a 167772162 40004 7\1 \1DCC SEND b 167772162 40005 7\1\r\n"));
    }

    @Test
    void shouldCountWhatIsKeptOfOffers() {
        world.connect(HOST, 41_000, SERVER, 6667);
        int grown = 0;
        for (int port = 40_001; port <= 40_040; port++) {
            String line = "PRIVMSG b :\1DCC SEND file 167772162 " + port + " 1000\1\r\n";
            grown += said(line).length() - line.length();
            world.passedIn(PacketBuilder.tcp(
                    SERVER, 6667, PUBLIC, 41_000, server, client + grown, ACK, 100, ByteBuffer.allocate(0)));
        }
        said("PING x\r\n");
        assertEquals(32 * 64, world.engine.shared().helpers.heldInAll());
    }

    @Test
    void shouldLeaveAloneWhatNamesAnother() {
        world.connect(HOST, 41_000, SERVER, 6667);
        for (String line : List.of(
                "PRIVMSG b :\1DCC SEND file 167772163 40001 1000\1\r\n",
                "PRIVMSG b :\1DCC SEND file 167772162 0 1000 5\1\r\n",
                "PRIVMSG b :\1DCC SEND file 167772162 65536 1000\1\r\n",
                "PRIVMSG b :\1DCC SEND file 167772162\1\r\n",
                "PRIVMSG b :DCC SEND file 167772162 40001 1000\r\n",
                "PRIVMSG b :\1DCC SEND file 167772162 40001 1000\r\n",
                "PRIVMSG b :\1VERSION\1\r\n",
                "\1\1\1\r\n")) {
            assertEquals(line, said(line));
        }
        assertEquals(1, world.engine.size());
    }

    @Test
    void shouldPutThePortBackForWhoResumes() {
        world.connect(OTHER_HOST, 40_001, SERVER, 80);
        world.connect(HOST, 41_000, SERVER, 6667);
        String offer = said("PRIVMSG b :\1DCC SEND file 167772162 40001 1000\1\r\n");
        String port = offer.split(" ", -1)[6];
        assertEquals("x :\1DCC RESUME file 40001 500\1\r\n", heard("x :\1DCC RESUME file " + port + " 500\1\r\n"));
        assertEquals("x :\1DCC ACCEPT file " + port + " 500\1\r\n", said("x :\1DCC ACCEPT file 40001 500\1\r\n"));
    }
}
