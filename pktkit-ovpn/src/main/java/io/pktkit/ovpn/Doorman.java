// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.ovpn.internal.rules.Cookies;
import io.pktkit.ovpn.internal.rules.ResetBudget;
import io.pktkit.ovpn.internal.rules.SessionBudget;
import io.pktkit.ovpn.internal.session.SessionOrigin;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Meets strangers. Over UDP a reset is answered without keeping anything; only who proves by the cookie that it has received
 * the answer gets a session. Over TCP the connection is that proof. Owned by the control thread.
 */
final class Doorman {

    /** The upper byte of the packet id by which a client of tls-crypt-v2 says that it can send its key again. */
    private static final int EARLY_NEGOTIATION = 0x0f;

    /** Sessions that begin at an address and port in a minute; over TCP, times those that may be outside, of a source. */
    private static final int SESSIONS = 4;

    /** An answer to it: type 1 (flags), 2 bytes, flag 1 (send the wrapped key again). */
    private static final byte[] RESEND_WRAPPED_KEY = {0, 1, 0, 2, 0, 1};

    private final ServerCore core;
    private final ControlSecurity security;
    private final ControlWrap shared;
    private final Cookies cookies;
    private final ResetBudget budget;
    private final SessionBudget sessions = new SessionBudget(SESSIONS);
    private final SessionBudget tcpSessions;
    private final SecureRandom random;

    /** What a stranger's packet is opened with, and how its session will be protected. */
    private record Opened(
            ControlPacket packet,
            ControlWrap wrap,
            @Nullable StaticKey key,
            TlsCryptV2Key.@Nullable Client client,
            boolean canResend) {}

    Doorman(ServerCore core, OvpnServerConfig config, long handshakeNanos) {
        this.core = core;
        this.security = config.controlSecurity();
        this.shared = security.newWrap();
        this.random = config.random();
        this.cookies = new Cookies(random, handshakeNanos);
        this.budget = new ResetBudget(config.limits().resetsPerTenSeconds());
        this.tcpSessions = new SessionBudget(SESSIONS * config.limits().perSource());
    }

    /** A control packet over UDP that belongs to no session. */
    void meet(DatagramEndpoint endpoint, FixedPath path, byte[] bytes, long nowNanos) {
        Opened opened = open(bytes);
        if (opened == null) {
            return;
        }
        ControlPacket packet = opened.packet;
        if (isReset(packet.opcode())) {
            if (!isGoodReset(packet)) {
                core.drop(OvpnDrop.MALFORMED);
            } else if (packet.opcode() == Opcode.CONTROL_HARD_RESET_CLIENT_V3 && !opened.canResend) {
                // A client of 2.5 sends its key only once, so its session has to be kept from here on.
                if (budget.tryAcquire(UdpTransport.sourceOf(path), nowNanos)) {
                    admit(new UdpTransport(endpoint, path), bytes, opened, newSessionId(), false, nowNanos);
                } else {
                    core.drop(OvpnDrop.RESET_RATE);
                }
            } else {
                answer(endpoint, path, opened, nowNanos);
            }
            return;
        }
        if (!isThirdPacket(packet)) {
            core.drop(OvpnDrop.UNKNOWN_SESSION);
        } else if (!cookies.isValid(packet.remoteSessionId(), path, packet.sessionId(), nowNanos)) {
            core.drop(OvpnDrop.BAD_COOKIE);
        } else if (!sessions.isLeft(path, nowNanos)) {
            core.drop(OvpnDrop.RESET_RATE);
        } else {
            Transport transport = new UdpTransport(endpoint, path);
            if (admit(transport, bytes, opened, packet.remoteSessionId(), true, nowNanos)) {
                sessions.take(path, nowNanos);
                budget.refund(transport.source());
            }
        }
    }

    /** The first packet of a TCP connection; whether there is a session now. */
    boolean meet(Transport connection, byte[] bytes, long nowNanos) {
        Opened opened = open(bytes);
        if (opened == null) {
            return false;
        }
        if (!isReset(opened.packet.opcode()) || !isGoodReset(opened.packet)) {
            core.drop(OvpnDrop.UNKNOWN_SESSION);
            return false;
        }
        if (!tcpSessions.isLeft(connection.source(), nowNanos)) {
            core.drop(OvpnDrop.RESET_RATE);
            return false;
        }
        if (!admit(connection, bytes, opened, newSessionId(), false, nowNanos)) {
            return false;
        }
        tcpSessions.take(connection.source(), nowNanos);
        return true;
    }

    /**
     * A client has come in, or had shown a certificate when it ended: many may share a source, and come one after the other.
     * A refusal may be on the way in, as of an old token, or the question of a challenge. But which one it is proves nothing:
     * anybody can come with an old token.
     */
    void giveBack(Transport transport) {
        if (!(transport instanceof UdpTransport)) {
            tcpSessions.refund(transport.source());
        }
    }

    private @Nullable Opened open(byte[] bytes) {
        if (bytes.length < ControlPacket.HEAD_LENGTH || !Opcode.isControl(Opcode.of(bytes[0]))) {
            core.drop(OvpnDrop.MALFORMED);
            return null;
        }
        TlsCryptV2Key v2 = security.v2Key();
        int opcode = Opcode.of(bytes[0]);
        boolean bringsKey = opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3 || opcode == Opcode.CONTROL_WKC_V1;
        if (bringsKey != (v2 != null)) {
            core.drop(OvpnDrop.NOT_AUTHENTIC);
            return null;
        }
        ControlWrap wrap = shared;
        StaticKey key = security.key();
        TlsCryptV2Key.Client client = null;
        byte[] packet = bytes;
        if (v2 != null) {
            client = v2.unwrap(bytes);
            if (client == null) {
                core.drop(OvpnDrop.NOT_AUTHENTIC);
                return null;
            }
            key = client.key();
            wrap = TlsCryptWrap.server(key);
            packet = Arrays.copyOf(bytes, bytes.length - TlsCryptV2Key.wrappedLength(bytes));
        }
        ControlWrap.Unwrapped unwrapped = packet.length < ControlPacket.HEAD_LENGTH ? null : wrap.unwrap(packet);
        if (unwrapped == null) {
            core.drop(OvpnDrop.NOT_AUTHENTIC);
            return null;
        }
        ControlPacket parsed = ControlPacket.parse(packet, unwrapped.body());
        if (parsed == null) {
            core.drop(OvpnDrop.MALFORMED);
            return null;
        }
        return new Opened(parsed, wrap, key, client, unwrapped.id() >>> 24 == EARLY_NEGOTIATION);
    }

    private static boolean isReset(int opcode) {
        return opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2 || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3;
    }

    private static boolean isGoodReset(ControlPacket packet) {
        return packet.keyId() == 0 && packet.packetId() == 0 && packet.acks().length == 0 && packet.sessionId() != 0;
    }

    private static boolean isThirdPacket(ControlPacket packet) {
        boolean known = packet.opcode() == Opcode.ACK_V1
                || packet.opcode() == Opcode.CONTROL_V1
                || packet.opcode() == Opcode.CONTROL_WKC_V1;
        if (!known || packet.keyId() != 0 || packet.acks().length == 0 || packet.sessionId() == 0) {
            return false;
        }
        for (int id : packet.acks()) {
            if (id != 0 && id != 1) {
                return false;
            }
        }
        return packet.packetId() == 0 || packet.packetId() == 1;
    }

    private void answer(DatagramEndpoint endpoint, FixedPath path, Opened opened, long nowNanos) {
        if (!budget.tryAcquire(UdpTransport.sourceOf(path), nowNanos)) {
            core.drop(OvpnDrop.RESET_RATE);
            return;
        }
        ControlPacket reset = opened.packet;
        ControlPacket answer = new ControlPacket(
                Opcode.CONTROL_HARD_RESET_SERVER_V2,
                0,
                cookies.sessionId(path, reset.sessionId(), nowNanos),
                new int[] {0},
                reset.sessionId(),
                0,
                reset.opcode() == Opcode.CONTROL_HARD_RESET_CLIENT_V3 ? RESEND_WRAPPED_KEY : new byte[0]);
        new UdpTransport(endpoint, path).send(opened.wrap.wrap(answer, 1, core.unixSeconds()));
    }

    private boolean admit(
            Transport transport, byte[] bytes, Opened opened, long sessionId, boolean resetSent, long nowNanos) {
        if (!isAccepted(opened)) {
            core.drop(OvpnDrop.KEY_REFUSED);
            return false;
        }
        ControlWrap own = security.v2Key() == null ? security.newWrap() : opened.wrap;
        return core.admit(
                transport,
                peerId -> new SessionOrigin(
                        sessionId, opened.packet.sessionId(), peerId, own, opened.key, resetSent, core.unixSeconds()),
                bytes,
                nowNanos);
    }

    private boolean isAccepted(Opened opened) {
        try {
            return security.accepts(opened.client);
        } catch (RuntimeException failure) {
            core.failed(failure);
            return false;
        }
    }

    private long newSessionId() {
        byte[] id = new byte[8];
        long value = 0;
        while (value == 0) {
            random.nextBytes(id);
            value = Bytes.getLong(id, 0);
        }
        return value;
    }
}
