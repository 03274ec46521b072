// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.StockOpenVpn;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Records sessions of a stock client for {@link RecordedSessionTest}: {@code PKTKIT_OVPN_RECORD} names the {@code openvpn},
 * and the tapes are written to {@code target/sessions}. Needs root and a network namespace.
 */
@EnabledIfEnvironmentVariable(named = "PKTKIT_OVPN_RECORD", matches = ".+")
class StockSessionRecorder {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int ECHO_REPLY_LESS_REQUEST = 0x0800;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"tls-crypt,''", "tls-auth,--tls-version-max 1.2"})
    void record(String protection, String options) throws Exception {
        try (StockOpenVpn client = new StockOpenVpn(folder, System.getenv("PKTKIT_OVPN_RECORD"), 255);
                DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName(client.host()))) {
            client.start(
                    socket.getLocalPort(),
                    "--reneg-sec 5 --explicit-exit-notify 1 --auth-user-pass password --auth-nocache --"
                            + (protection.equals("tls-crypt") ? "tls-crypt static.key " : "tls-auth static.key 1 ")
                            + options);
            List<String> lines =
                    new ArrayList<>(serve(socket, protection, client).lines());
            lines.set(0, ("# OpenVPN " + client.version() + " with " + protection + " " + options).strip());
            Path file = Path.of("target", "sessions", client.version() + "-" + protection + ".txt");
            Files.createDirectories(file.getParent());
            Files.write(file, lines);
        }
    }

    /** Serves the client until it has renegotiated twice and was told to go. */
    private SessionTape serve(DatagramSocket socket, String protection, StockOpenVpn client) throws Exception {
        DatagramPacket datagram = new DatagramPacket(new byte[4096], 4096);
        socket.setSoTimeout(20_000);
        socket.receive(datagram);
        InetSocketAddress remote = (InetSocketAddress) datagram.getSocketAddress();
        long began = System.nanoTime();
        SessionTape tape = SessionTape.blank("", setup(protection, datagram, 0));
        boolean told = false;
        boolean pinged = false;
        byte[] first = Arrays.copyOf(datagram.getData(), datagram.getLength());
        perform(tape, tape.handle(new SessionEvent.Packet(first), 0), socket, remote);
        while (!tape.session().isClosed()) {
            long now = System.nanoTime() - began;
            assertTrue(now < 60 * SECOND, () -> "the client does not come to an end\n" + client.log());
            // Clients of 2.4 ask for what is pushed to them only after a while.
            if (now > 7 * SECOND && !pinged) {
                pinged = true;
                client.exec("ping", "-c", "3", "10.8.0.1");
            }
            if (tape.session().keyId() >= 2 && !told && now > 14 * SECOND) {
                told = true;
                client.terminate();
            }
            long next = tape.session().nextDeadlineNanos();
            long wait = next == Timers.NEVER ? SECOND : Math.min(next - now, SECOND / 2);
            if (wait <= 0) {
                perform(tape, tape.handle(new SessionEvent.Tick(), now), socket, remote);
                continue;
            }
            socket.setSoTimeout((int) Math.max(1, wait / 1_000_000));
            try {
                socket.receive(datagram);
            } catch (SocketTimeoutException e) {
                continue;
            }
            receive(tape, datagram, System.nanoTime() - began, socket, remote);
        }
        return tape;
    }

    private void receive(
            SessionTape tape, DatagramPacket datagram, long now, DatagramSocket socket, InetSocketAddress remote)
            throws IOException {
        byte[] packet = Arrays.copyOf(datagram.getData(), datagram.getLength());
        if (!Opcode.isData(Opcode.of(packet[0]))) {
            perform(tape, tape.handle(new SessionEvent.Packet(packet), now), socket, remote);
            return;
        }
        byte[] payload = tape.open(packet, now);
        if (payload.length == 17 && payload[16] == 6) {
            perform(tape, tape.handle(new SessionEvent.ExitNotified(), now), socket, remote);
        } else if (payload.length > 28 && payload[0] == 0x45 && payload[9] == 1 && payload[20] == 8) {
            send(socket, remote, tape.seal(echoReply(payload), now));
        }
    }

    private static byte[] echoReply(byte[] request) {
        byte[] reply = request.clone();
        System.arraycopy(request, 12, reply, 16, 4);
        System.arraycopy(request, 16, reply, 12, 4);
        reply[20] = 0;
        int sum = Bytes.getShort(request, 22) + ECHO_REPLY_LESS_REQUEST;
        Bytes.putShort(reply, 22, (sum & 0xffff) + (sum >>> 16));
        return reply;
    }

    private void perform(SessionTape tape, List<SessionAction> actions, DatagramSocket socket, InetSocketAddress remote)
            throws IOException {
        for (SessionAction action : actions) {
            if (action instanceof SessionAction.Send send) {
                send(socket, remote, send.packet());
            } else if (action instanceof SessionAction.Authenticate question) {
                assertEquals("carol", question.identity().username());
                SessionEvent accept = new SessionEvent.Accept(question.attempt(), Dialogue.settings(), null);
                perform(tape, tape.handle(accept, lastTime(tape)), socket, remote);
            }
        }
    }

    private static long lastTime(SessionTape tape) {
        List<String> lines = tape.lines();
        for (int i = lines.size() - 1; ; i--) {
            if (lines.get(i).startsWith("at ")) {
                return Long.parseLong(lines.get(i).split(" ", 3)[1]);
            }
        }
    }

    private static void send(DatagramSocket socket, InetSocketAddress remote, byte[] packet) throws IOException {
        socket.send(new DatagramPacket(packet, packet.length, remote));
    }

    private static Map<String, String> setup(String protection, DatagramPacket first, long began) throws Exception {
        TestCerts.Holder server = TestCerts.server();
        PrivateKey key = server.key();
        Map<String, String> setup = new LinkedHashMap<>();
        setup.put("protection", protection);
        setup.put("certificate", base64(server.chain().get(0)));
        setup.put("key", Base64.getEncoder().encodeToString(key.getEncoded()));
        setup.put("authority", base64(TestCerts.authority()));
        setup.put("time", Long.toString(System.currentTimeMillis() / 1000));
        setup.put("seed", "14");
        setup.put("session", "5e55104");
        setup.put(
                "client",
                HexFormat.of().toHexDigits(ByteBuffer.wrap(first.getData()).getLong(1)));
        setup.put("began", Long.toString(began));
        return setup;
    }

    private static String base64(X509Certificate certificate) throws Exception {
        return Base64.getEncoder().encodeToString(certificate.getEncoded());
    }
}
