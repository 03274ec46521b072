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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** FTP with the client inside and the server inside, and the numbers of the streams that it changes. */
class FtpHelperTest {

    private NatWorld world =
            new NatWorld(config -> config.helper(new FtpHelper()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));

    /** Where each end's stream is, as it knows it. */
    private int client = 1001;

    private int server = 1001;

    private static ByteBuffer text(
            IpAddress from, int fromPort, IpAddress to, int toPort, int sequence, int ack, String text) {
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        return PacketBuilder.tcp(from, fromPort, to, toPort, sequence, ack, ACK, 8192, body);
    }

    private static TcpSegment segment(Sent sent) {
        return Objects.requireNonNull(sent.packet().tcp());
    }

    private static String payload(Sent sent) {
        TcpSegment tcp = segment(sent);
        byte[] bytes = new byte[tcp.payloadLength()];
        tcp.buffer().get(tcp.payloadOffset(), bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void open() {
        world.connect(HOST, 40_000, SERVER, 21);
    }

    /** What a command of the client inside becomes. */
    private Sent command(String line) {
        Sent sent = world.passedOut(text(HOST, 40_000, SERVER, 21, client, server, line));
        client += line.length();
        return sent;
    }

    private Sent reply(int ack, String line) {
        Sent sent = world.passedIn(text(SERVER, 21, PUBLIC, 40_000, server, ack, line));
        server += line.length();
        return sent;
    }

    @Test
    void shouldBeOffUnlessAskedFor() { // RFC 4787 REQ-10
        NatWorld plain = new NatWorld();
        plain.connect(HOST, 40_000, SERVER, 21);
        String line = "PORT 10,0,0,2,156,65\r\n";
        assertEquals(line, payload(plain.passedOut(text(HOST, 40_000, SERVER, 21, 1000, 1, line))));
    }

    @Test
    void shouldOpenThePortOfAnActiveClientForTheServerAlone() {
        open();
        assertEquals("PORT 203,0,113,1,156,65\r\n", payload(command("PORT 10,0,0,2,156,65\r\n")));
        assertEquals(2, world.engine.size());

        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(OTHER_SERVER, 20, PUBLIC, 40_001, SYN)));
        Sent data = world.passedIn(tcp(SERVER, 20, PUBLIC, 40_001, SYN));
        assertEquals(HOST, data.packet().destination());
        assertEquals(40_001, data.destinationPort());
        assertEquals(
                40_001,
                world.passedOut(tcp(HOST, 40_001, SERVER, 20, SYN | ACK)).sourcePort());
        world.pass(Duration.ofMinutes(10));
        world.passedIn(tcp(SERVER, 20, PUBLIC, 40_001, ACK));
    }

    @Test
    void shouldForgetAnOpeningThatNobodyUses() {
        open();
        command("PORT 10,0,0,2,156,65\r\n");
        world.passNanos(FtpHelper.WINDOW.toNanos() - 1);
        assertEquals(2, world.engine.size());
        world.passNanos(1);
        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(SERVER, 20, PUBLIC, 40_001, SYN)));
        world.timer();
        assertEquals(1, world.engine.size());
        assertEquals(0, world.engine.core().expectationCount());
    }

    @Test
    void shouldKeepTheLatestOpeningsOfAHost() { // RFC 6888 REQ-4
        open();
        for (int port = 1; port <= 300; port++) {
            command("PORT 10,0,0,2,80," + port % 256 + "\r\nPORT 10,0,0,2,81," + port % 256 + "\r\n");
            reply(client + 6 * port, "200 ok\r\n");
        }
        assertEquals(128, world.engine.core().expectationCount());
        assertEquals(129, world.engine.size());
        world.pass(FtpHelper.WINDOW);
        world.timer();
        assertEquals(0, world.engine.core().expectationCount());
        assertEquals(1, world.engine.size());
    }

    @Test
    void shouldKeepTheLatestOpeningsOfAHostWhereThereIsRoomForNoMore() {
        NatLimits limits = new NatLimits(9999, 9999, 9999, 9999, 9999, 9999, 999, 256, 128, 10, 10, 9999);
        world = new NatWorld(config -> config.helper(new FtpHelper()).limits(limits));
        open();
        for (int port = 1; port <= 200; port++) {
            String line = "PORT 10,0,0,2,80," + port + "\r\n";
            assertEquals("PORT 203,0,113,1,80," + port + "\r\n", payload(command(line)));
            reply(client + 3 * port, "200 ok\r\n");
        }
        assertEquals(128, world.engine.core().expectationCount());
    }

    @Test
    void shouldChangeExtendedPortsWithAnyDelimiter() { // RFC 2428 section 2
        open();
        assertEquals("EPRT |1|203.0.113.1|40001|\r\n", payload(command("EPRT |1|10.0.0.2|40001|\r\n")));
        assertEquals("eprt !1!203.0.113.1!40001!\r\n", payload(command("eprt !1!10.0.0.2!40001!\r\n")));
    }

    @Test
    void shouldFollowTheStreamsThroughSeveralChanges() { // spec 3.5
        open();
        int shift = 0;
        for (int i = 1; i <= 5; i++) {
            String line = "PORT 10,0,0,2,156," + i + "\r\n";
            int before = client;
            Sent sent = command(line);
            assertEquals(before + shift, segment(sent).sequenceNumber(), "i=" + i);
            String expected = "PORT 203,0,113,1,156," + i + "\r\n";
            assertEquals(expected, payload(sent));
            shift += expected.length() - line.length();
        }
        Sent later = command("NOOP\r\n");
        assertEquals(client - 6 + shift, segment(later).sequenceNumber());
        Sent acknowledged = reply(client + shift, "200 ok\r\n");
        assertEquals(client, segment(acknowledged).acknowledgmentNumber());
        assertEquals(server - 8, segment(acknowledged).sequenceNumber(), "the other stream is as it was");
        assertEquals(client + shift, segment(command("QUIT\r\n")).sequenceNumber());
    }

    @Test
    void shouldRepeatChangesInRetransmissions() { // spec 3.5: must not shift twice
        open();
        String line = "PORT 10,0,0,2,156,65\r\n";
        String changed = "PORT 203,0,113,1,156,65\r\n";
        Sent first = command(line);
        String second = "PORT 10,0,0,2,156,66\r\n";
        command(second);
        int openings = world.engine.size();
        world.passedIn(text(SERVER, 21, PUBLIC, 40_000, server, 1_001_001, "")); // of what was never sent

        Sent again = world.passedOut(text(HOST, 40_000, SERVER, 21, 1001, server, line));
        assertEquals(payload(first), payload(again));
        assertEquals(1001, segment(again).sequenceNumber());
        Sent both = world.passedOut(text(HOST, 40_000, SERVER, 21, 1001, server, line + second));
        assertEquals(changed + "PORT 203,0,113,1,156,66\r\n", payload(both));
        assertEquals(1001, segment(both).sequenceNumber());
        Sent split = world.passedOut(text(HOST, 40_000, SERVER, 21, 1001, server, line.substring(0, 10)));
        assertEquals(changed.substring(0, 23), payload(split), "the change whole");
        Sent rest = world.passedOut(text(HOST, 40_000, SERVER, 21, 1011, server, line.substring(10)));
        assertEquals(changed.substring(5), payload(rest), "the change whole");
        assertEquals(1006, segment(rest).sequenceNumber());
        assertEquals(openings, world.engine.size());
    }

    @Test
    void shouldTranslateSelectiveAcknowledgments() { // spec 3.5
        open();
        command("PORT 10,0,0,2,156,65\r\n"); // 22 octets become 25
        command("NOOP\r\n");
        ByteBuffer plain = text(SERVER, 21, PUBLIC, 40_000, server, 1001, "");
        ByteBuffer sack = ByteBuffer.allocate(plain.capacity() + 20);
        sack.put(0, plain, 0, plain.capacity()).putShort(2, (short) sack.capacity());
        sack.put(32, (byte) 0xA0).putInt(40, 0x0101_0512);
        sack.putInt(44, 1026).putInt(48, 1032).putInt(52, 1011).putInt(56, 1021);
        Packet packet = new Packet().wrap(sack);
        packet.recomputeIpv4Checksum();
        packet.recomputeTransportChecksum();

        Sent sent = world.passedIn(sack);

        ByteBuffer bytes = sent.packet().buffer();
        assertEquals(1001, segment(sent).acknowledgmentNumber());
        assertEquals(1023, bytes.getInt(44));
        assertEquals(1029, bytes.getInt(48));
        assertEquals(1021, bytes.getInt(52), "no part of a change is half there");
        assertEquals(1006, bytes.getInt(56));
    }

    @Test
    void shouldTellSendersTheirOwnNumbersInErrors() { // RFC 5927 section 4.1
        open();
        command("PORT 10,0,0,2,156,65\r\n");
        Sent later = command("NOOP\r\n");
        assertEquals(1026, segment(later).sequenceNumber());

        Sent error = world.passedIn(NatWorld.error(OTHER_SERVER, PUBLIC, 3, 1, later.packet()));

        Packet quoted = Objects.requireNonNull(error.icmp().quotedPacket());
        assertEquals(1023, Objects.requireNonNull(quoted.tcp()).sequenceNumber());
    }

    @Test
    void shouldNotPassWhatAMissingChangeWouldMove() { // spec 3.5: reordering
        open();
        String line = "PORT 10,0,0,2,156,65\r\n";
        ByteBuffer ahead = text(HOST, 40_000, SERVER, 21, client + line.length(), server, "NOOP\r\n");
        assertSame(NatDrop.OUT_OF_ORDER, world.out(ahead));
        command(line);
        assertEquals(1026, segment(world.passedOut(ahead)).sequenceNumber());
        world.passedOut(tcp(HOST, 40_000, SERVER, 21, SYN));
        assertEquals(1026, segment(world.passedOut(ahead)).sequenceNumber(), "a late SYN changes nothing");
    }

    @Test
    void shouldKeepTheStreamsOfAnOpenConnectionWhenASynComes() { // RFC 5961 section 4
        open();
        command("PORT 10,0,0,2,156,65\r\n");
        for (int flags : new int[] {SYN, SYN | ACK}) {
            world.passedIn(
                    PacketBuilder.tcp(SERVER, 21, PUBLIC, 40_000, 0x7000_0000, 5, flags, 8192, ByteBuffer.allocate(0)));
            assertEquals(client + 3, segment(command("NOOP\r\n")).sequenceNumber());
            assertEquals(server, segment(reply(client + 3, "200 ok\r\n")).sequenceNumber());
        }
        assertEquals("PORT 203,0,113,1,156,66\r\n", payload(command("PORT 10,0,0,2,156,66\r\n")));
    }

    @Test
    void shouldBeginWithTheAnswerToTheSynAndNoOther() {
        world.passedOut(tcp(HOST, 40_000, SERVER, 21, SYN));
        ByteBuffer nothing = ByteBuffer.allocate(0);
        world.passedIn(PacketBuilder.tcp(SERVER, 21, PUBLIC, 40_000, 0x7000_0000, 5, SYN | ACK, 8192, nothing));
        world.passedIn(PacketBuilder.tcp(SERVER, 21, PUBLIC, 40_000, 1000, 1001, SYN | ACK, 8192, nothing));
        assertEquals(1001, segment(reply(1001, "220 hello\r\n")).sequenceNumber());
        assertEquals("PORT 203,0,113,1,156,65\r\n", payload(command("PORT 10,0,0,2,156,65\r\n")));
    }

    @Test
    void shouldRepeatAPartOfALongChange() {
        open();
        world.engine.outsideMtu(65_535);
        String port = "PORT 10,0,0,2,156,65\r\n";
        String text = port + "x".repeat(60_000) + "\r\n" + port;
        String changed = payload(world.passedOut(text(HOST, 40_000, SERVER, 21, client, server, text)));
        assertEquals(text.replace("10,0,0,2", "203,0,113,1"), changed);
        String begin = text.substring(0, 1000);
        String again = payload(world.passedOut(text(HOST, 40_000, SERVER, 21, client, server, begin)));
        assertEquals(changed.substring(0, again.length()), again);
        assertEquals(changed, payload(world.passedOut(text(HOST, 40_000, SERVER, 21, client, server, text))));
    }

    @Test
    void shouldCutWhatGrewTooLong() { // spec 3.5: 1460 to 1462 bytes
        open();
        String line = "PORT 10,0,0,2,156,65\r\n";
        String filler = "X".repeat(1500 - 40 - line.length() - 2) + "\r\n";
        ByteBuffer full = text(HOST, 40_000, SERVER, 21, client, server, filler + line);
        new Packet().wrap(full).dontFragment(true);

        assertNull(world.out(full));

        assertEquals(2, world.sent.size());
        String whole = payload(world.sent.get(0)) + payload(world.sent.get(1));
        assertEquals(filler + "PORT 203,0,113,1,156,65\r\n", whole);
        assertEquals(1001 + 1460, segment(world.sent.get(1)).sequenceNumber());
    }

    @Test
    void shouldLeaveAloneWhatIsHostileOrStrange() { // spec 3.5
        open();
        for (String line : List.of(
                "PORT 10,0,0,3,156,65\r\n",
                "PORT 203,0,113,1,156,65\r\n",
                "PORT 0,0,0,0,156,65\r\n",
                "PORT 255,255,255,255,156,65\r\n",
                "PORT 10,0,0,2,0,0\r\n",
                "PORT 10,0,0,2,256,1\r\n",
                "PORT 10,0,0,2,99999999999,1\r\n",
                "PORT 10,0,0,2,1\r\n",
                "PORT\r\n",
                "PORT ,,,,,\r\n",
                "EPRT\r\n",
                "EPRT |1|10.0.0.2|0|\r\n",
                "EPRT |1|10.0.0.2|65536|\r\n",
                "EPRT |2|10.0.0.2|4000|\r\n",
                "EPRT |1|10.0.0.3|4000|\r\n",
                "EPRT |1|host|4000|\r\n",
                "EPRT |||\r\n",
                "EPRT \u0001\r\n",
                "LPRT 4,4,10,0,0,2,2,156,65\r\n",
                "XPORT 10,0,0,2,156,65\r\n",
                "\r\n",
                "EPSV\r\n")) {
            assertEquals(line, payload(command(line)));
        }
        assertEquals(1, world.engine.size());
        assertEquals("227 Entering (10,0,0,2,1,2)\r\n", payload(reply(client, "227 Entering (10,0,0,2,1,2)\r\n")));
    }

    @Test
    void shouldHandleSeveralCommandsInOneAndLeaveSplitOnes() { // spec 3.5
        open();
        assertEquals(
                "NOOP\r\nport 203,0,113,1,156,65\r\nLIST\r\n",
                payload(command("NOOP\r\nport 10,0,0,2,156,65\r\nLIST\r\n")));
        assertEquals("PORT 10,0,", payload(command("PORT 10,0,")));
        assertEquals("0,2,156,66\r\n", payload(command("0,2,156,66\r\n")));
        assertEquals("XX", payload(command("XX")));
        assertEquals("PORT 10,0,0,2,156,67\r\n", payload(command("PORT 10,0,0,2,156,67\r\n")));
        assertEquals("PORT 203,0,113,1,156,68\r\n", payload(command("PORT 10,0,0,2,156,68\r\n")));
    }

    @Test
    void shouldLeaveEncryptedConnectionsAlone() { // RFC 4217
        open();
        command("AUTH TLS\r\n");
        reply(client, "234 go on\r\n");
        assertEquals("PORT 10,0,0,2,156,65\r\n", payload(command("PORT 10,0,0,2,156,65\r\n")));
    }

    @Test
    void shouldKeepOnWhenAuthIsRefused() {
        open();
        command("AUTH TLS\r\n");
        reply(client, "502 no\r\n");
        assertEquals("PORT 203,0,113,1,156,65\r\n", payload(command("PORT 10,0,0,2,156,65\r\n")));
    }

    @Test
    void shouldChangeTheRepliesOfAServerInside() throws NatForwardException { // vyos-build 1065
        world.engine.mappings().forward(world.inside, IpProtocol.TCP, PUBLIC, 21, HOST, 21, Duration.ZERO, world.now);
        world.passedIn(tcp(SERVER, 3000, PUBLIC, 21, SYN));
        world.passedOut(tcp(HOST, 21, SERVER, 3000, SYN | ACK));
        world.mapUdp(OTHER_HOST, 5, SERVER, 5);
        world.connect(OTHER_HOST, 40_001, OTHER_SERVER, 80);

        String reply = "227 Entering Passive Mode (10,0,0,2,156,65)\r\n";
        Sent sent = world.passedOut(text(HOST, 21, SERVER, 3000, 1001, 1, reply));
        int port = port227(payload(sent));
        assertNotEquals(40_001, port, "taken by another host");
        assertTrue(payload(sent).startsWith("227 Entering Passive Mode (203,0,113,1,"));
        int growth = payload(sent).length() - reply.length();
        Sent ack = world.passedIn(text(SERVER, 3000, PUBLIC, 21, 1001, 1001 + reply.length() + growth, "NOOP\r\n"));
        assertEquals(1001 + reply.length(), segment(ack).acknowledgmentNumber());
        Sent later = world.passedOut(text(HOST, 21, SERVER, 3000, 1001 + reply.length(), 7, "200 ok\r\n"));
        assertEquals(1001 + reply.length() + growth, segment(later).sequenceNumber());
        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(OTHER_SERVER, 9, PUBLIC, port, SYN)));
        assertEquals(
                40_001, world.passedIn(tcp(SERVER, 3001, PUBLIC, port, SYN)).destinationPort());

        world.passedIn(text(SERVER, 3000, PUBLIC, 21, 1007, 1, "PORT 10,0,0,2,1,2\r\n"));
        String extended = "229 Entering Extended Passive Mode (|||40001|)\r\n";
        Sent second = world.passedOut(text(HOST, 21, SERVER, 3000, 1009 + reply.length(), 26, extended));
        assertEquals("229 Entering Extended Passive Mode (|||" + port + "|)\r\n", payload(second));
    }

    @Test
    void shouldOpenOnTheAddressOfTheControlConnection() throws NatForwardException {
        IpAddress second = IpAddress.parse("203.0.113.2");
        NatWorld two = new NatWorld(config ->
                config.helper(new FtpHelper()).outside(second).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
        IpAddress paired =
                two.passedOut(NatWorld.udp(HOST, 5, SERVER, 5)).packet().source();
        IpAddress other = paired.equals(PUBLIC) ? second : PUBLIC;
        two.engine.mappings().forward(two.inside, IpProtocol.TCP, other, 21, HOST, 21, Duration.ZERO, two.now);
        two.passedIn(tcp(SERVER, 3000, other, 21, SYN));
        two.passedOut(tcp(HOST, 21, SERVER, 3000, SYN | ACK));

        String reply = "227 Entering Passive Mode (10,0,0,2,156,65)\r\n";
        Sent sent = two.passedOut(text(HOST, 21, SERVER, 3000, 1001, 1, reply));
        assertEquals(
                "227 Entering Passive Mode (" + other.toString().replace('.', ',') + ",156,65)\r\n", payload(sent));
        Sent data = two.passedIn(tcp(SERVER, 3001, other, 40_001, SYN));
        assertEquals(HOST, data.packet().destination());
        assertEquals(40_001, data.destinationPort());

        two.passedOut(tcp(HOST, 40_002, SERVER, 80, SYN));
        reply = "227 Entering Passive Mode (10,0,0,2,156,66)\r\n";
        sent = two.passedOut(text(HOST, 21, SERVER, 3000, 1001 + reply.length(), 1, reply));
        assertEquals(reply, payload(sent), "this endpoint has the address that it is paired with");
    }

    /** Forwards a port, and lets the server inside name it to a client. */
    private static void passive(NatWorld world, IpAddress client, String reply) {
        world.passedIn(tcp(client, 3000, PUBLIC, 21, SYN));
        world.passedOut(tcp(HOST, 21, client, 3000, SYN | ACK));
        world.passedOut(text(HOST, 21, client, 3000, 1001, 1, reply));
    }

    @Test
    void shouldLeaveAForwardOpenToAll() throws NatForwardException {
        for (int port : new int[] {21, 40_001}) {
            world.engine
                    .mappings()
                    .forward(world.inside, IpProtocol.TCP, PUBLIC, port, HOST, port, Duration.ZERO, world.now);
        }
        passive(world, SERVER, "227 Entering Passive Mode (10,0,0,2,156,65)\r\n");

        world.passedIn(tcp(OTHER_SERVER, 3000, PUBLIC, 40_001, SYN));
        world.pass(FtpHelper.WINDOW);
        world.passedIn(tcp(OTHER_SERVER, 3001, PUBLIC, 40_001, SYN));
        world.passedIn(tcp(SERVER, 3001, PUBLIC, 40_001, SYN));
    }

    private static int port227(String line) {
        String[] numbers =
                line.substring(line.indexOf('(') + 1, line.indexOf(')')).split(",", -1);
        return Integer.parseInt(numbers[4]) << 8 | Integer.parseInt(numbers[5]);
    }

    @Test
    void shouldSpeakForIpv6Clients() { // RFC 6384
        NatWorld six = sixWorld();
        IpAddress host = IpAddress.parse("2001:db8:1::2");
        IpAddress server6 = Prefix64.WELL_KNOWN.embed(SERVER);
        six.passedOut(tcp(host, 40_000, server6, 21, SYN));
        six.passedIn(tcp(SERVER, 21, PUBLIC, 40_000, SYN | ACK));

        Sent passive = six.passedOut(text(host, 40_000, server6, 21, 1001, 1, "EPSV\r\n"));
        assertEquals("PASV\r\n", payload(passive));
        Sent entered = six.passedIn(
                text(SERVER, 21, PUBLIC, 40_000, 1001, 1007, "227 Entering Passive Mode (198,51,100,7,4,1)\r\n"));
        assertEquals("229 Entering Extended Passive Mode (|||1025|)\r\n", payload(entered));
        assertTrue(entered.packet().isIpv6());
        Sent active = six.passedOut(text(host, 40_000, server6, 21, 1007, 46, "EPRT |2|2001:db8:1::2|40001|\r\n"));
        assertEquals("PORT 203,0,113,1,156,65\r\n", payload(active));
        Sent data = six.passedIn(tcp(SERVER, 20, PUBLIC, 40_001, SYN));
        assertEquals(host, data.packet().destination());
        assertEquals(server6, data.packet().source());
    }

    private static NatWorld sixWorld() {
        NatWorld six = new NatWorld(config -> config.helper(new FtpHelper()).prefix64(Prefix64.WELL_KNOWN));
        six.inside.prefix(IpPrefix.parse("2001:db8:1::1/64"));
        return six;
    }

    /** Connects an IPv6 client, and makes its server's stream an octet longer inside from the sequence number that is given. */
    private static int openLonger(NatWorld six) {
        IpAddress host = IpAddress.parse("2001:db8:1::2");
        IpAddress server6 = Prefix64.WELL_KNOWN.embed(SERVER);
        six.passedOut(tcp(host, 40_000, server6, 21, SYN));
        six.passedIn(tcp(SERVER, 21, PUBLIC, 40_000, SYN | ACK));
        six.passedOut(text(host, 40_000, server6, 21, 1001, 1001, "EPSV\r\n"));
        String passive = "227 Entering Passive Mode (198,51,100,7,4,1)\r\n";
        Sent entered = six.passedIn(text(SERVER, 21, PUBLIC, 40_000, 1001, 1007, passive));
        assertEquals(passive.length() + 1, payload(entered).length());
        return 1001 + passive.length();
    }

    private static Packet together(NatWorld world) {
        try (Reassembler reassembler = new Reassembler()) {
            for (Sent each : world.sent) {
                assertTrue(each.packet().isFragment() && each.packet().totalLength() <= 1280, each::toString);
                Packet whole = reassembler.add(each.packet(), world.now);
                if (whole != null) {
                    return new Packet().wrap(ByteBuffer.wrap(whole.toBytes()));
                }
            }
        }
        throw new AssertionError("not whole: sent=" + world.sent);
    }

    @Test
    void shouldKeepTheStreamWhereLongSegmentsAreCut() { // RFC 7915 section 4.1: without DF, to 1280
        NatWorld six = sixWorld();
        int next = openLonger(six);
        String line = "x".repeat(1298) + "\r\n";
        assertNull(six.in(text(SERVER, 21, PUBLIC, 40_000, next, 1007, line)));

        assertEquals(2, six.sent.size());
        for (Sent each : six.sent) {
            assertTrue(each.packet().totalLength() <= 1280, each::toString);
        }
        String begin = payload(six.sent.get(0));
        assertEquals(line, begin + payload(six.sent.get(1)));
        assertEquals(next + 1, segment(six.sent.get(0)).sequenceNumber());
        assertEquals(next + 1 + begin.length(), segment(six.sent.get(1)).sequenceNumber());
    }

    @Test
    void shouldKeepTheStreamWhereFragmentsAreCut() {
        NatWorld six = sixWorld();
        int next = openLonger(six);
        List<ByteBuffer> pieces = new ArrayList<>();
        Packet whole = new Packet().wrap(text(SERVER, 21, PUBLIC, 40_000, next, 1007, "x".repeat(2000)));
        new Fragmenter().fragment(whole, 1500, 7, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        assertEquals(2, pieces.size());
        List<Sent> sent = new ArrayList<>();
        for (ByteBuffer piece : pieces) {
            assertNull(six.in(piece));
            sent.addAll(six.sent);
        }
        assertEquals(3, sent.size());
        six.sent.clear();
        six.sent.addAll(sent);
        Packet inside = together(six);
        assertEquals(ChecksumStatus.VALID, inside.verifyTransportChecksum());
        assertEquals(next + 1, Objects.requireNonNull(inside.tcp()).sequenceNumber());
        Sent later = six.passedIn(text(SERVER, 21, PUBLIC, 40_000, next + 2000, 1007, "\r\n"));
        assertEquals(next + 2001, segment(later).sequenceNumber());
    }

    @Test
    void shouldNotLeaveAStreamForAFragmentThatIsFarAhead() {
        NatWorld world = sixWorld();
        int next = openLonger(world);
        List<ByteBuffer> pieces = new ArrayList<>();
        Packet forged = new Packet().wrap(text(SERVER, 21, PUBLIC, 40_000, next + 100_000_000, 1007, "x".repeat(2000)));
        new Fragmenter().fragment(forged, 1500, 7, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        assertEquals(NatDrop.OUT_OF_ORDER, world.in(pieces.get(0)));
    }

    @Test
    void shouldNotMakeADamagedSegmentLookRight() {
        NatWorld six = sixWorld();
        int next = openLonger(six);
        ByteBuffer damaged = text(SERVER, 21, PUBLIC, 40_000, next, 1007, "x".repeat(1300));
        damaged.put(1000, (byte) 'y');
        assertNull(six.in(damaged));
        assertEquals(ChecksumStatus.INVALID, together(six).verifyTransportChecksum());
    }

    /** A sender that repeats at random, in other pieces and out of order, and a receiver that acknowledges what it has. */
    @Test
    void shouldGiveOneStreamWhateverIsRepeated() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            NatWorld each = new NatWorld(config -> config.helper(new FtpHelper()));
            each.connect(HOST, 40_000, SERVER, 21);
            StringBuilder sent = new StringBuilder();
            StringBuilder expected = new StringBuilder();
            List<int[]> first = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                boolean port = random.nextBoolean();
                String line =
                        port ? "PORT 10,0,0,2,156," + i + "\r\n" : "NOOP" + "x".repeat(random.nextInt(9)) + "\r\n";
                first.add(new int[] {sent.length(), sent.length() + line.length()});
                sent.append(line);
                expected.append(port ? "PORT 203,0,113,1,156," + i + "\r\n" : line);
            }
            byte[] got = new byte[expected.length()];
            BitSet has = new BitSet();
            int begin = 1001;
            int acknowledged = 0;
            int next = 0;
            int translated = 0;
            for (int step = 0; step < 20_000 && has.nextClearBit(0) < got.length; step++) {
                int from;
                int to;
                if (next < first.size() && random.nextInt(3) != 0 && next - acknowledged(first, acknowledged) < 10) {
                    from = first.get(next)[0];
                    to = first.get(next)[1];
                    next++;
                } else {
                    int limit = next == 0 ? 0 : first.get(next - 1)[1];
                    if (acknowledged >= limit) {
                        continue;
                    }
                    from = acknowledged + random.nextInt(limit - acknowledged);
                    to = from + 1 + random.nextInt(limit - from);
                }
                each.out(text(HOST, 40_000, SERVER, 21, begin + from, 1, sent.substring(from, to)));
                for (Sent piece : each.sent) {
                    if (random.nextInt(4) == 0) {
                        continue; // lost
                    }
                    TcpSegment tcp = segment(piece);
                    int at = tcp.sequenceNumber() - begin;
                    for (int i = 0; i < tcp.payloadLength(); i++) {
                        byte octet = tcp.buffer().get(tcp.payloadOffset() + i);
                        String context = "seed=" + seed + " step=" + step + " at=" + (at + i);
                        assertEquals(expected.charAt(at + i), (char) octet, context);
                        got[at + i] = octet;
                        has.set(at + i);
                    }
                }
                translated = has.nextClearBit(0);
                each.in(text(SERVER, 21, PUBLIC, 40_000, 1, begin + translated, ""));
                acknowledged = Math.max(acknowledged, segment(each.one()).acknowledgmentNumber() - begin);
            }
            assertEquals(expected.toString(), new String(got, StandardCharsets.ISO_8859_1), "seed=" + seed);
            assertEquals(sent.length(), acknowledged, "seed=" + seed);
        }
    }

    /** How many lines are acknowledged. */
    private static int acknowledged(List<int[]> lines, int to) {
        return (int) lines.stream().filter(line -> line[1] <= to).count();
    }
}
