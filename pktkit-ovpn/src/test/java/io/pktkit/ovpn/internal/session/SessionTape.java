// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.Vectors;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.PkixVerifier;
import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.internal.wrap.TlsAuthWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.pki.Pem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A session as text: how it was set up, what happened when, and, indented, what came of it. Played again from the lines that
 * are not indented it gives the same text, or the session does not do what it did.
 *
 * <pre>
 *  set NAME VALUE
 *  at NANOS packet HEX | tick | accept ATTEMPT | exit            an event
 *  at NANOS data HEX                                              a data packet of the client
 *  at NANOS payload HEX                                           a payload for the client
 *    send HEX | ask ... | connected ... | closed ... | opened HEX | sealed HEX
 * </pre>
 */
final class SessionTape {

    private static final HexFormat HEX = HexFormat.of();
    private static final long SECOND = Dialogue.SECOND;

    private final List<String> lines = new ArrayList<>();
    private final Map<String, String> setup;
    private final OvpnSession session;
    private final Plain plain = new Plain();

    private SessionTape(Map<String, String> setup, List<String> head) throws IOException {
        this.setup = setup;
        lines.addAll(head);
        try {
            session = new OvpnSession(config(), origin(), Long.parseLong(value("began")));
        } catch (InvalidKeyException e) {
            throw new IOException(e);
        }
    }

    /** Begins to record. */
    static SessionTape blank(String comment, Map<String, String> setup) throws IOException {
        List<String> head = new ArrayList<>(List.of("# " + comment));
        setup.forEach((name, value) -> head.add("set " + name + " " + value));
        return new SessionTape(setup, head);
    }

    /** Plays what was recorded; what came of it. */
    static SessionTape play(String text) throws IOException {
        List<String> inputs = text.lines().filter(line -> !line.startsWith(" ")).toList();
        Map<String, String> setup = new HashMap<>();
        List<String> head = new ArrayList<>();
        for (String line : inputs) {
            String[] words = line.split(" ", 3);
            if (words[0].equals("set")) {
                setup.put(words[1], words[2]);
            }
            if (!words[0].equals("at")) {
                head.add(line);
            }
        }
        SessionTape tape = new SessionTape(setup, head);
        for (String line : inputs) {
            if (line.startsWith("at ")) {
                tape.again(line.split(" ", 4));
            }
        }
        return tape;
    }

    private void again(String[] words) {
        long now = Long.parseLong(words[1]);
        String rest = words.length > 3 ? words[3] : "";
        switch (words[2]) {
            case "data" -> open(HEX.parseHex(rest), now);
            case "payload" -> seal(HEX.parseHex(rest), now);
            case "packet" -> handle(new SessionEvent.Packet(HEX.parseHex(rest)), now);
            case "tick" -> handle(new SessionEvent.Tick(), now);
            case "accept" -> handle(new SessionEvent.Accept(Long.parseLong(rest), Dialogue.settings(), null), now);
            case "exit" -> handle(new SessionEvent.ExitNotified(), now);
            default -> throw new AssertionError("what is " + words[2] + "?");
        }
    }

    OvpnSession session() {
        return session;
    }

    List<SessionAction> handle(SessionEvent event, long now) {
        lines.add("at " + now + " " + text(event));
        List<SessionAction> actions = session.handle(event, now);
        actions.forEach(action -> lines.add("  " + text(action)));
        return actions;
    }

    /** Opens a data packet; the payload, which is empty if there is none. */
    byte[] open(byte[] packet, long now) {
        lines.add("at " + now + " data " + HEX.formatHex(packet));
        OpenResult result = session.dataPlane().open(ByteBuffer.wrap(packet), 0, packet.length, plain, now);
        byte[] payload = result == OpenResult.OPENED ? plain.toBytes() : new byte[0];
        lines.add("  " + (result == OpenResult.OPENED ? "opened " + HEX.formatHex(payload) : String.valueOf(result)));
        return payload;
    }

    /** Makes a data packet for the client. */
    byte[] seal(byte[] payload, long now) {
        lines.add("at " + now + " payload " + HEX.formatHex(payload));
        ByteBuffer packet = ByteBuffer.allocate(payload.length + DataKey.MAX_OVERHEAD);
        int length = session.dataPlane().seal(ByteBuffer.wrap(payload), 0, payload.length, packet, 0, now);
        byte[] sealed = Arrays.copyOf(packet.array(), Math.max(0, length));
        lines.add("  sealed " + HEX.formatHex(sealed));
        return sealed;
    }

    /** All of it, a line for each. */
    List<String> lines() {
        return lines;
    }

    private static String text(SessionEvent event) {
        if (event instanceof SessionEvent.Packet packet) {
            return "packet " + HEX.formatHex(packet.bytes());
        } else if (event instanceof SessionEvent.Tick) {
            return "tick";
        } else if (event instanceof SessionEvent.Accept accept) {
            return "accept " + accept.attempt();
        } else if (event instanceof SessionEvent.ExitNotified) {
            return "exit";
        }
        throw new AssertionError("not on tapes: " + event);
    }

    private static String text(SessionAction action) {
        if (action instanceof SessionAction.Send send) {
            return "send " + HEX.formatHex(send.packet());
        } else if (action instanceof SessionAction.Authenticate ask) {
            return "ask " + ask.attempt() + " renewal=" + ask.renewal() + " cn="
                    + ask.identity().commonName() + " user=" + ask.identity().username() + " password="
                    + HEX.formatHex(ask.password()) + " " + ask.identity().peerInfo();
        } else if (action instanceof SessionAction.Closed closed) {
            return "closed " + closed.cause() + " " + closed.detail();
        } else if (action instanceof SessionAction.Connected) {
            return "connected";
        }
        return action.toString();
    }

    // --- how it was set up

    private String value(String name) {
        String value = setup.get(name);
        if (value == null) {
            throw new AssertionError("the tape does not set " + name);
        }
        return value;
    }

    private SessionConfig config() throws IOException {
        List<X509Certificate> authority = certificates("authority");
        Clock clock = Clock.fixed(Instant.ofEpochSecond(Long.parseLong(value("time"))), ZoneOffset.UTC);
        TlsSettings tls = new TlsSettings(
                certificates("certificate"),
                Pem.privateKey(pem("PRIVATE KEY", value("key")), "key"),
                ClientCertMode.REQUIRED,
                authority,
                new PkixVerifier(authority, List::of, clock),
                true,
                new CountedRandom(Long.parseLong(value("seed"))));
        return new SessionConfig(
                tls,
                List.of(DataCipher.values()),
                false,
                false,
                1500,
                new SessionTimes(60 * SECOND, 3600 * SECOND, 3600 * SECOND, 3 * SECOND, 30 * SECOND));
    }

    private List<X509Certificate> certificates(String name) throws IOException {
        return Pem.certificates(pem("CERTIFICATE", value(name)), name);
    }

    private static String pem(String label, String base64) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(Base64.getDecoder().decode(base64));
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private SessionOrigin origin() {
        String protection = value("protection");
        return new SessionOrigin(
                Long.parseUnsignedLong(value("session"), 16),
                Long.parseUnsignedLong(value("client"), 16),
                7,
                wrap(protection),
                protection.equals("none") ? null : Vectors.staticKey(),
                false,
                Integer.parseInt(value("time")));
    }

    private static ControlWrap wrap(String protection) {
        return switch (protection) {
            case "tls-crypt" -> TlsCryptWrap.server(Vectors.staticKey());
            case "tls-auth" -> TlsAuthWrap.create(Vectors.staticKey(), "HmacSHA1", 0, 1);
            default -> new PlainWrap();
        };
    }
}
