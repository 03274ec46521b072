// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.FIN;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.RST;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that both ends have lost and the NAT has not, opened again from the same port (RFC 9293 section 3.10.7.4). */
class LostConnectionTest {

    private static final IpAddress HOST6 = IpAddress.parse("2001:db8:1::2");
    private static final NatTimeouts TIMES = NatTimeouts.DEFAULT;

    /** Where the server's stream begins. */
    private static final int SERVERS = 7000;

    private final NatWorld world = new NatWorld(config -> config.helper(new FtpHelper())
            .prefix64(Prefix64.WELL_KNOWN)
            .filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
    private IpAddress client = HOST;
    private IpAddress server = SERVER;

    LostConnectionTest() {
        world.inside.prefix(IpPrefix.parse("2001:db8:1::1/64"));
    }

    private static ByteBuffer segment(
            IpAddress from, int fromPort, IpAddress to, int toPort, int sequence, int ack, int flags, String text) {
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        return PacketBuilder.tcp(from, fromPort, to, toPort, sequence, ack, flags, 8192, body);
    }

    private static String payload(Sent sent) {
        TcpSegment tcp = Objects.requireNonNull(sent.packet().tcp());
        byte[] bytes = new byte[tcp.payloadLength()];
        tcp.buffer().get(tcp.payloadOffset(), bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private Sent out(int sequence, int ack, int flags, String text) {
        return world.passedOut(segment(client, 40_000, server, 21, sequence, ack, flags, text));
    }

    private Sent in(int sequence, int ack, int flags, String text) {
        return world.passedIn(segment(SERVER, 21, PUBLIC, 40_000, sequence, ack, flags, text));
    }

    private static void assertAt(int sequence, int ack, Sent sent) {
        TcpSegment tcp = Objects.requireNonNull(sent.packet().tcp());
        assertEquals(sequence, tcp.sequenceNumber(), "sequence");
        assertEquals(ack, tcp.acknowledgmentNumber(), "ack");
    }

    private String command(int port) {
        return client.isIpv4()
                ? "PORT 10,0,0,2,156," + (port - 156 * 256) + "\r\n"
                : "EPRT |2|" + client + "|" + port + "|\r\n";
    }

    private static String changed(int port) {
        return "PORT 203,0,113,1,156," + (port - 156 * 256) + "\r\n";
    }

    /** Opens a connection whose streams are changed; one change is acknowledged, and another is not. The host's next number. */
    private int connected(boolean six) {
        client = six ? HOST6 : HOST;
        server = six ? Prefix64.WELL_KNOWN.embed(SERVER) : SERVER;
        out(1000, 0, SYN, "");
        in(SERVERS, 1001, SYN | ACK, "");
        out(1001, SERVERS + 1, ACK, "");
        String first = command(40_001);
        assertEquals(changed(40_001), payload(out(1001, SERVERS + 1, ACK, first)));
        in(SERVERS + 1, 1001 + changed(40_001).length(), ACK, "200 ok\r\n");
        String second = command(40_002);
        out(1001 + first.length(), SERVERS + 9, ACK, second);
        out(1001 + first.length() + second.length(), SERVERS + 9, ACK, "NOO"); // a command that never ends
        return 1001 + first.length() + second.length() + 3;
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, 1000000", "false, false, -1000000", "false, true, 1000000", "false, true, -1000000",
        "true, false, 1000000", "true, false, -1000000", "true, true, 1000000", "true, true, -1000000",
    })
    void shouldHelpTheConnectionThatIsOpenedAgain(boolean six, boolean finished, int away) {
        int next = connected(six);
        if (finished) {
            in(SERVERS + 9, next, FIN | ACK, "");
        }
        int isn = 1000 + away;
        int theirs = SERVERS - 3 * away;

        assertAt(isn, 0, out(isn, 0, SYN, ""));
        assertAt(theirs, isn + 1, in(theirs, isn + 1, SYN | ACK, ""));
        assertAt(isn, 0, out(isn, 0, SYN, "")); // both are sent again
        assertAt(theirs, isn + 1, in(theirs, isn + 1, SYN | ACK, ""));
        assertAt(isn + 1, theirs + 1, out(isn + 1, theirs + 1, ACK, ""));
        assertAt(theirs + 1, isn + 1, in(theirs + 1, isn + 1, ACK, "220 hello\r\n"));

        String line = command(40_009);
        Sent sent = out(isn + 1, theirs + 12, ACK, line);
        assertEquals(changed(40_009), payload(sent));
        assertAt(isn + 1, theirs + 12, sent);
        Sent data = world.passedIn(tcp(SERVER, 20, PUBLIC, 40_009, SYN));
        assertEquals(client, data.packet().destination());
        assertEquals(40_009, data.destinationPort());
        Sent reply = in(theirs + 12, isn + 1 + changed(40_009).length(), ACK, "200 ok\r\n");
        assertAt(theirs + 12, isn + 1 + line.length(), reply);
    }

    /** Who does not take the text of a SYN acknowledges the SYN alone: RFC 9293 section 3.10.7.2, RFC 7413 section 3. */
    @ParameterizedTest
    @CsvSource({"false, 0", "false, 3", "false, 10", "true, 0", "true, 3", "true, 10"})
    void shouldHelpTheConnectionThatIsOpenedAgainWithText(boolean six, int taken) {
        connected(six);
        int isn = 5_000_000;
        int behind = isn + 1 + taken;
        String text = "0123456789";
        assertAt(isn, 0, out(isn, 0, SYN, text));
        assertAt(9000, behind, in(9000, behind, SYN | ACK, ""));
        assertAt(9001, behind, in(9001, behind, ACK, "220 hello\r\n"));
        assertAt(behind, 9012, out(behind, 9012, ACK, text.substring(taken) + "\r\n"));
        int next = behind + 12 - taken;
        Sent sent = out(next, 9012, ACK, command(40_009));
        assertEquals(changed(40_009), payload(sent));
        assertAt(next, 9012, sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000_000, -1_000_000})
    void shouldHelpTheConnectionThatIsOpenedAgainFromOutside(int away) throws NatForwardException {
        world.engine.mappings().forward(world.inside, IpProtocol.TCP, PUBLIC, 21, HOST, 21, Duration.ZERO, world.now);
        world.passedIn(segment(SERVER, 3000, PUBLIC, 21, 1000, 0, SYN, ""));
        world.passedOut(segment(HOST, 21, SERVER, 3000, SERVERS, 1001, SYN | ACK, ""));
        String reply = "227 Entering Passive Mode (10,0,0,2,156,65)\r\n";
        world.passedOut(segment(HOST, 21, SERVER, 3000, SERVERS + 1, 1001, ACK, reply));
        int isn = 1000 + away;
        int ours = SERVERS - 3 * away;

        world.passedIn(segment(SERVER, 3000, PUBLIC, 21, isn, 0, SYN, ""));
        assertAt(ours, isn + 1, world.passedOut(segment(HOST, 21, SERVER, 3000, ours, isn + 1, SYN | ACK, "")));
        assertAt(isn + 1, ours + 1, world.passedIn(segment(SERVER, 3000, PUBLIC, 21, isn + 1, ours + 1, ACK, "")));

        Sent sent = world.passedOut(segment(HOST, 21, SERVER, 3000, ours + 1, isn + 1, ACK, reply));
        assertEquals("227 Entering Passive Mode (203,0,113,1,156,65)\r\n", payload(sent));
        assertAt(ours + 1, isn + 1, sent);
    }

    /** What anybody can send who does not see what passes. */
    @ParameterizedTest
    @ValueSource(ints = {1_000_000, -1_000_000})
    void shouldKeepTheStreamsUnlessTheSynIsAcknowledged(int away) {
        int next = connected(false);
        int isn = 1000 + away;
        int growth = 2 * (changed(40_001).length() - command(40_001).length());
        in(isn, 0, SYN, "");
        out(isn, 0, SYN, "");
        for (int wrong : new int[] {isn, isn + 2, isn + 1 + growth, next, 5}) {
            in(SERVERS + away, wrong, SYN | ACK, "");
            in(SERVERS + away, wrong, SYN | ACK | FIN, "");
        }

        assertAt(next + growth, SERVERS + 9, out(next, SERVERS + 9, ACK, "P\r\n"));
        assertAt(SERVERS + 9, next + 3, in(SERVERS + 9, next + 3 + growth, ACK, "200 ok\r\n"));
        assertEquals(changed(40_003), payload(out(next + 3, SERVERS + 17, ACK, command(40_003))));
    }

    @Test
    void shouldLeaveTheNumbersOfAConnectionThatItsServerStillHas() { // RFC 5961 section 4.2
        int next = connected(false);
        int growth = 2 * (changed(40_001).length() - command(40_001).length());
        out(5_000_000, 0, SYN, "");
        assertAt(SERVERS + 9, next, in(SERVERS + 9, next + growth, ACK, "")); // its challenge
        assertAt(next + growth, 0, out(next, 0, RST, ""));
        out(5_000_000, 0, SYN, "");
        in(9000, 5_000_001, SYN | ACK, "");
        assertEquals(changed(40_003), payload(out(5_000_001, 9001, ACK, command(40_003))));
    }

    @ParameterizedTest
    @CsvSource({"false, 1000000", "false, -1000000", "true, 1000000", "true, -1000000"})
    void shouldRefuseTheConnectionThatIsOpenedAgainInItsNumbers(boolean six, int away) { // RFC 9293 section 3.10.7.3
        connected(six);
        int isn = 1000 + away;
        assertAt(isn, 0, out(isn, 0, SYN, ""));
        assertAt(0, isn + 1, in(0, isn + 1, RST | ACK, ""));
    }

    /** RFC 5927 section 4.1; a router need not quote more than 8 octets (RFC 792), which do not tell that it is a SYN. */
    @ParameterizedTest
    @CsvSource({"false, 8", "false, 13", "false, 14", "false, 20", "true, 8", "true, 13", "true, 14", "true, 20"})
    void shouldTellOfErrorsAboutTheSynInItsNumbers(boolean six, int octets) {
        int next = connected(six);
        Sent syn = out(5_000_000, 0, SYN, "");
        assertEquals(5_000_000, quoted(syn, octets));
        Sent other = out(next, SERVERS + 9, ACK, "P");
        assertEquals(next, quoted(other, octets));
    }

    /** The sequence number of a segment that went out, as the host sees it in an error that quotes so much of it. */
    private int quoted(Sent sent, int octets) {
        ByteBuffer quote = ByteBuffer.wrap(sent.packet().toBytes()).limit(20 + octets);
        Sent error = world.passedIn(PacketBuilder.icmp(SERVER, PUBLIC, 3, 1, 0, quote));
        Packet packet = Objects.requireNonNull(error.icmp().quotedPacket());
        return packet.buffer().getInt(packet.transportOffset() + 4);
    }

    /** One end had closed the lost connection, which does not half close the next: RFC 5382 REQ-5. */
    @ParameterizedTest
    @CsvSource({
        "true, '', 1, true", "true, '', 2, false", "true, '', 0, false",
        "false, '', 1, true", "false, '', 2, false", "false, '', 0, false",
        "true, 0123456789, 1, true", "true, 0123456789, 11, true", "true, 0123456789, 12, false",
        "false, 0123456789, 1, true", "false, 0123456789, 5, true", "false, 0123456789, 0, false",
    })
    void shouldKeepTheConnectionThatIsOpenedAgainWhenOneEndCloses(
            boolean fromInside, String text, int answered, boolean acknowledged) {
        NatWorld plain = new NatWorld();
        int outside = plain.connect(HOST, 5000, SERVER, 80);
        ByteBuffer finOut = tcp(HOST, 5000, SERVER, 80, FIN | ACK);
        ByteBuffer finIn = tcp(SERVER, 80, PUBLIC, outside, FIN | ACK);
        if (fromInside) {
            plain.passedOut(finOut);
        } else {
            plain.passedIn(finIn);
        }
        plain.passedOut(segment(HOST, 5000, SERVER, 80, 77_000, 0, SYN, text));
        plain.passedIn(segment(SERVER, 80, PUBLIC, outside, 5, 77_000 + answered, SYN | ACK, ""));
        if (fromInside) {
            plain.passedIn(finIn);
        } else {
            plain.passedOut(finOut);
        }
        plain.pass((acknowledged ? TIMES.tcpEstablished() : TIMES.tcpClosing()).minusNanos(1));
        plain.timer();
        assertEquals(1, plain.engine.size());
        plain.passNanos(1);
        plain.timer();
        assertEquals(0, plain.engine.size());
    }
}
