// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.PkixVerifier;
import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A session and a client that talk in virtual time, over a way that a test may disturb. */
final class Dialogue {

    static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    final TestClient client;
    final OvpnSession session;
    final List<SessionAction> actions = new ArrayList<>();
    final List<byte[]> received = new ArrayList<>();
    private final ArrayDeque<byte[]> toServer = new ArrayDeque<>();
    private final ArrayDeque<byte[]> toClient = new ArrayDeque<>();

    /** What is lost of what goes to the server, and to the client. */
    Predicate<byte[]> lostToServer = packet -> false;

    Predicate<byte[]> lostToClient = packet -> false;

    /** How a question is answered; null for later. */
    Function<SessionAction.Authenticate, @Nullable SessionEvent> authenticator =
            question -> new SessionEvent.Accept(question.attempt(), settings(), null);

    long now = 1_000_000 * SECOND;
    int sentByServer;

    Dialogue(TestClient client, SessionConfig config) {
        this(client, config, new PlainWrap());
    }

    Dialogue(TestClient client, SessionConfig config, ControlWrap wrap) {
        this(client, config, wrap, null);
    }

    Dialogue(TestClient client, SessionConfig config, ControlWrap wrap, @Nullable StaticKey wrapKey) {
        this(client, config, wrap, wrapKey, 7);
    }

    Dialogue(TestClient client, SessionConfig config, ControlWrap wrap, @Nullable StaticKey wrapKey, int peerId) {
        this.client = client;
        try {
            this.session = new OvpnSession(
                    config, new SessionOrigin(0x5e55104, client.sessionId, peerId, wrap, wrapKey, false, 1000), now);
        } catch (InvalidKeyException e) {
            throw new AssertionError(e);
        }
    }

    static ClientSettings settings() {
        return ClientSettings.builder()
                .address(IpPrefix.parse("10.8.0.2/24"), IpAddress.parse("10.8.0.1"))
                .build();
    }

    static SessionConfig config() {
        return config(ClientCertMode.REQUIRED, SessionTimes.DEFAULTS, DataCipher.DEFAULTS);
    }

    static SessionConfig config(ClientCertMode mode, SessionTimes times, List<DataCipher> ciphers) {
        return config(mode, times, ciphers, new SecureRandom());
    }

    static SessionConfig config(
            ClientCertMode mode, SessionTimes times, List<DataCipher> ciphers, SecureRandom random) {
        TestCerts.Holder server = TestCerts.server();
        TlsSettings tls = new TlsSettings(
                server.chain(),
                server.key(),
                mode,
                List.of(TestCerts.authority()),
                new PkixVerifier(List.of(TestCerts.authority()), List::of, Clock.systemUTC()),
                true,
                random);
        return new SessionConfig(tls, ciphers, false, false, 1500, times);
    }

    void start() {
        client.start(now);
        settle();
    }

    /** Until nothing is on its way. */
    void settle() {
        do {
            client.out.forEach(packet -> {
                if (!lostToServer.test(packet)) {
                    toServer.add(packet);
                }
            });
            client.out.clear();
            byte[] packet = toServer.poll();
            if (packet != null) {
                give(packet);
            }
            byte[] answer = toClient.poll();
            if (answer != null) {
                byte[] payload = client.receive(answer, now);
                if (payload != null) {
                    received.add(payload);
                }
            }
        } while (!toServer.isEmpty() || !toClient.isEmpty() || !client.out.isEmpty());
    }

    /** A packet of the client arrives: control at the session, data at its plane. */
    void give(byte[] packet) {
        if (packet[0] >>> 3 == 6 || packet[0] >>> 3 == 9) {
            session.dataPlane().open(ByteBuffer.wrap(packet), 0, packet.length, new Plain(), now);
        } else {
            handle(new SessionEvent.Packet(packet));
        }
    }

    void handle(SessionEvent event) {
        for (SessionAction action : session.handle(event, now)) {
            actions.add(action);
            if (action instanceof SessionAction.Send send) {
                sentByServer++;
                if (!lostToClient.test(send.packet())) {
                    toClient.add(send.packet());
                }
            } else if (action instanceof SessionAction.Authenticate question) {
                SessionEvent answer = authenticator.apply(question);
                if (answer != null) {
                    handle(answer);
                }
            }
        }
    }

    /** Lets time pass, deadline by deadline. */
    void advance(long nanos) {
        long end = now + nanos;
        while (true) {
            long next = Timers.earlier(session.nextDeadlineNanos(), now + SECOND);
            if (next - end > 0) {
                now = end;
                return;
            }
            now = Math.max(now, next);
            handle(new SessionEvent.Tick());
            client.flush(now);
            settle();
        }
    }

    /** Sends a payload to the client and tells whether it arrived. */
    boolean reachesClient(byte[] payload) {
        ByteBuffer packet = ByteBuffer.allocate(payload.length + DataKey.MAX_OVERHEAD);
        int length = session.dataPlane().seal(ByteBuffer.wrap(payload), 0, payload.length, packet, 0, now);
        byte[] got = length < 0 ? null : client.receive(Arrays.copyOf(packet.array(), length), now);
        return got != null && Arrays.equals(payload, got);
    }

    /** Sends a payload to the server and tells whether it arrived. */
    boolean reachesServer(byte[] payload, boolean latestKey) {
        byte[] packet = client.data(payload, latestKey);
        Plain plain = new Plain();
        return session.dataPlane().open(ByteBuffer.wrap(packet), 0, packet.length, plain, now) == OpenResult.OPENED
                && Arrays.equals(payload, plain.toBytes());
    }

    <T extends SessionAction> List<T> all(Class<T> kind) {
        return actions.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    SessionAction.@Nullable Closed closed() {
        List<SessionAction.Closed> ends = all(SessionAction.Closed.class);
        return ends.isEmpty() ? null : ends.get(0);
    }
}
