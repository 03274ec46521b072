// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.negotiate.KeyMethod2;
import io.pktkit.ovpn.internal.reliable.Acks;
import io.pktkit.ovpn.internal.reliable.ReceiveWindow;
import io.pktkit.ovpn.internal.reliable.SendWindow;
import io.pktkit.ovpn.internal.tls.TlsTunnel;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One key of a session: its reliable stream, its TLS, and what came of them. Owned by its session. */
final class ControlKey {

    /** tls-mtu: a control packet with IPv6 and UDP headers is no longer. */
    private static final int MAX_PACKET = 1250 - 48;

    /** Output of TLS that waits for the client's acknowledgments. */
    private static final int MAX_OUTPUT = 64 << 10;

    private final int keyId;
    private final long sessionId;
    private final long remoteSessionId;
    private final int maxPayload;
    private final TlsTunnel tls;
    private final SendWindow sent = new SendWindow();
    private final ReceiveWindow received = new ReceiveWindow();
    private final Acks acks = new Acks();
    private final int resetOpcode;
    private KeyStage stage = KeyStage.RESET;

    /** By when it must be active. */
    long deadline;

    /** When it became active. */
    long activeSince;

    /** What is asked about it. */
    long attempt = -1;

    KeyMethod2.@Nullable Client client;
    KeyBlock.@Nullable Source source;

    @Nullable
    DataKey data;

    ControlKey(int keyId, long sessionId, long remoteSessionId, int wrapOverhead, int resetOpcode, TlsTunnel tls) {
        this.keyId = keyId;
        this.sessionId = sessionId;
        this.remoteSessionId = remoteSessionId;
        this.maxPayload = MAX_PACKET - wrapOverhead - ControlPacket.overhead(Acks.WITH_DATA);
        this.resetOpcode = resetOpcode;
        this.tls = tls;
    }

    int keyId() {
        return keyId;
    }

    KeyStage stage() {
        return stage;
    }

    void stage(KeyStage next) {
        stage = next;
    }

    TlsTunnel tls() {
        return tls;
    }

    /** Sends our reset, or takes note that it was sent. */
    void reset(boolean alreadySent, long nowNanos) {
        if (alreadySent) {
            sent.addSent(resetOpcode, nowNanos);
            // The client's reset was packet 0, and the stateless answer acknowledged it.
            received.skipFirst();
        } else {
            sent.add(resetOpcode, new byte[0], nowNanos);
        }
    }

    /** Takes acknowledgments and, if it is one with an id, the packet. False if it is too far ahead. */
    boolean receive(ControlPacket packet) {
        for (int id : packet.acks()) {
            if (sent.acknowledge(id) && id == 0 && stage == KeyStage.RESET) {
                stage = KeyStage.HANDSHAKE;
            }
        }
        if (packet.opcode() == Opcode.ACK_V1) {
            return true;
        }
        if (received.accept(packet) == ReceiveWindow.Result.OUT_OF_WINDOW) {
            return false;
        }
        acks.owe(packet.packetId());
        return true;
    }

    /** Gives TLS what has come in order. Before our reset is acknowledged it is kept. */
    void feedTls() {
        if (stage == KeyStage.RESET) {
            return;
        }
        for (ControlPacket next = received.poll(); next != null; next = received.poll()) {
            if (next.opcode() == Opcode.CONTROL_V1 || next.opcode() == Opcode.CONTROL_WKC_V1) {
                tls.offer(next.payload());
            }
        }
    }

    /** Sends what is to be sent now. */
    void flush(long nowNanos, Consumer<ControlPacket> out) {
        while (stage != KeyStage.RESET && sent.hasRoom() && tls.outputAvailable() > 0) {
            sent.add(Opcode.CONTROL_V1, tls.takeOutput(maxPayload), nowNanos);
        }
        for (SendWindow.Sent next = sent.nextDue(nowNanos); next != null; next = sent.nextDue(nowNanos)) {
            int[] along = acks.take(Acks.WITH_DATA);
            out.accept(new ControlPacket(
                    next.opcode(),
                    keyId,
                    sessionId,
                    along,
                    along.length == 0 ? 0 : remoteSessionId,
                    next.id(),
                    next.payload()));
        }
        if (acks.isOwing()) {
            out.accept(new ControlPacket(
                    Opcode.ACK_V1, keyId, sessionId, acks.take(Acks.ALONE), remoteSessionId, 0, new byte[0]));
        }
    }

    /** When something is to be sent again. */
    long nextDeadlineNanos() {
        return sent.nextDeadlineNanos();
    }

    boolean isDelivered() {
        return sent.isEmpty() && tls.outputAvailable() == 0;
    }

    boolean isOverflowing() {
        return tls.outputAvailable() > MAX_OUTPUT;
    }

    long retransmissions() {
        return sent.retransmissions();
    }

    /** Wipes what was brought to the exchange. */
    void wipeSources() {
        tls.wipeExports();
        KeyMethod2.Client from = client;
        if (from != null) {
            from.source().wipe();
            Arrays.fill(from.password(), (byte) 0);
        }
        KeyBlock.Source ours = source;
        if (ours != null) {
            ours.wipe();
        }
        source = null;
    }
}
