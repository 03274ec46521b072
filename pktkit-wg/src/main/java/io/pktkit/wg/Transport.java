// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.crypto.Aead;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.session.IndexTable;
import io.pktkit.wg.internal.session.Keypair;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Transport data of all peers. Encryption and decryption hold no lock, so packets of one peer may be worked on by several
 * threads, too; the lock of the peer is held for the bookkeeping of each.
 */
final class Transport {

    private static final byte[] ZEROS = new byte[Message.PADDING];

    private final Core core;
    private @Nullable Handshakes handshakes;

    Transport(Core core) {
        this.core = core;
    }

    /** The two know each other; this is called once, at construction. */
    void connect(Handshakes other) {
        handshakes = other;
    }

    SendResult send(WgPeer peer, ByteBuffer buffer, int offset, int length, long nowNanos, WgSink sink) {
        int mtu = peer.identity().mtu();
        if (length > mtu) {
            core.drop(WgDrop.TOO_BIG);
            return SendResult.TOO_BIG;
        }
        while (true) {
            Keypair current = peer.keypairs.current();
            if (current != null && current.maySend(nowNanos)) {
                WgEndpoint to = peer.endpoint;
                if (to == null) {
                    core.drop(WgDrop.NO_ENDPOINT);
                    return SendResult.NO_ENDPOINT;
                }
                int size = seal(current, buffer, offset, length, mtu);
                if (size > 0) {
                    return sent(peer, current, length > 0, buffer, offset, size, nowNanos, sink);
                }
            }
            SendResult result = stage(peer, current, buffer, offset, length, nowNanos, sink);
            if (result != null) {
                return result;
            }
        }
    }

    void receive(ByteBuffer buffer, int offset, int length, WgEndpoint from, long nowNanos, WgSink sink) {
        IndexTable.Entry<WgPeer> entry =
                core.indexes.find(Integer.reverseBytes(buffer.getInt(offset + Message.RECEIVER)));
        Keypair keypair = entry == null ? null : entry.keypair();
        if (entry == null || keypair == null) {
            core.drop(WgDrop.UNKNOWN_INDEX);
            return;
        }
        WgPeer peer = entry.owner();
        long counter = Long.reverseBytes(buffer.getLong(offset + Message.COUNTER));
        synchronized (peer.lock) {
            if (!keypair.mayReceive(nowNanos)) {
                core.drop(WgDrop.KEY_EXPIRED);
                return;
            }
            if (!keypair.isNew(counter)) {
                core.drop(WgDrop.REPLAYED_COUNTER);
                return;
            }
        }
        int at = offset + Message.TRANSPORT_HEADER_LENGTH;
        int sealed = length - Message.TRANSPORT_HEADER_LENGTH;
        if (!keypair.receive().open(counter, buffer, at, sealed)) {
            core.drop(WgDrop.BAD_TAG);
            return;
        }
        int padded = sealed - Aead.TAG_LENGTH;
        boolean confirmed;
        boolean initiate = false;
        synchronized (peer.lock) {
            boolean newest = keypair.isNewest(counter);
            if (!keypair.mayReceive(nowNanos) || !keypair.mark(counter)) {
                core.drop(WgDrop.REPLAYED_COUNTER);
                return;
            }
            confirmed = peer.keypairs.received(keypair);
            if (confirmed) {
                peer.endAttempt();
                peer.established();
            }
            if (newest && !peer.keypairs.isPrevious(keypair)) {
                peer.learn(from);
            }
            peer.receivedBytes += length;
            peer.timers.received(nowNanos);
            if (padded > 0) {
                peer.timers.dataReceived(nowNanos);
            }
            Keypair current = peer.keypairs.current();
            if (current != null && current.isInLastMinute(nowNanos) && peer.timers.claimLastMinute()) {
                initiate = peer.timers.claimInitiation(nowNanos, true);
            }
            core.schedule(peer);
        }
        if (confirmed) {
            flush(peer, nowNanos, sink);
        }
        if (initiate) {
            initiate(peer, nowNanos, sink);
        }
        if (padded > 0) {
            deliver(peer, buffer, at, padded, sink);
        }
    }

    /** Shows the responder that its session is confirmed: by what waits, or else by a keepalive. */
    void confirm(WgPeer peer, long nowNanos, WgSink sink) {
        if (!flush(peer, nowNanos, sink)) {
            keepalive(peer, nowNanos, sink);
        }
    }

    /** Sends a keepalive, or asks for a session. */
    void keepalive(WgPeer peer, long nowNanos, WgSink sink) {
        if (peer.hasSession(nowNanos)) {
            ByteBuffer empty = ByteBuffer.allocate(Message.TRANSPORT_OVERHEAD);
            Keypair current = peer.keypairs.current();
            int size = current == null ? 0 : seal(current, empty, Message.TRANSPORT_HEADER_LENGTH, 0, 0);
            if (current != null && size > 0) {
                sent(peer, current, false, empty, Message.TRANSPORT_HEADER_LENGTH, size, nowNanos, sink);
                return;
            }
        }
        boolean initiate;
        synchronized (peer.lock) {
            initiate = peer.maySpeak()
                    && peer.endpoint != null
                    && peer.timers.claimInitiation(nowNanos, !peer.timers.isInitiating());
            core.schedule(peer);
        }
        if (initiate) {
            initiate(peer, nowNanos, sink);
        }
    }

    /** Asks for a session; {@code restart} as in {@code PeerTimers.claimInitiation}. */
    void handshake(WgPeer peer, boolean restart, long nowNanos, WgSink sink) {
        boolean initiate;
        synchronized (peer.lock) {
            initiate = peer.maySpeak() && peer.endpoint != null && peer.timers.claimInitiation(nowNanos, restart);
            core.schedule(peer);
        }
        if (initiate) {
            initiate(peer, nowNanos, sink);
        }
    }

    void initiate(WgPeer peer, long nowNanos, WgSink sink) {
        Handshakes other = handshakes;
        if (other != null) {
            other.initiate(peer, nowNanos, sink);
        }
    }

    /** The length of a packet with its padding, which does not go beyond the MTU. */
    static int paddedLength(int length, int mtu) {
        return Math.max(length, Math.min(mtu, (length + Message.PADDING - 1) & -Message.PADDING));
    }

    /** Encrypts in place, header and padding included; the length of the datagram, or 0 if the keypair is no good. */
    private static int seal(Keypair keypair, ByteBuffer buffer, int offset, int length, int mtu) {
        long counter = keypair.nextCounter();
        if (counter == Keypair.NO_COUNTER) {
            return 0;
        }
        int padded = paddedLength(length, mtu);
        buffer.put(offset + length, ZEROS, 0, padded - length);
        if (!keypair.send().seal(counter, buffer, offset, padded)) {
            return 0;
        }
        int header = offset - Message.TRANSPORT_HEADER_LENGTH;
        buffer.putInt(header, Integer.reverseBytes(Message.TRANSPORT));
        buffer.putInt(header + Message.RECEIVER, Integer.reverseBytes(keypair.remoteIndex()));
        buffer.putLong(header + Message.COUNTER, Long.reverseBytes(counter));
        return Message.TRANSPORT_OVERHEAD + padded;
    }

    private SendResult sent(
            WgPeer peer,
            Keypair used,
            boolean data,
            ByteBuffer buffer,
            int offset,
            int size,
            long nowNanos,
            WgSink sink) {
        boolean rekey = false;
        WgEndpoint to;
        synchronized (peer.lock) {
            to = peer.endpoint;
            if (!peer.maySpeak() || to == null) {
                core.drop(to == null ? WgDrop.NO_ENDPOINT : WgDrop.PEER_GONE);
                return to == null ? SendResult.NO_ENDPOINT : SendResult.PEER_GONE;
            }
            peer.sentBytes += size;
            peer.timers.sent(nowNanos);
            if (data) {
                peer.timers.dataSent(nowNanos);
            }
            if (used.isStale(nowNanos)) {
                rekey = peer.timers.claimInitiation(nowNanos, true);
            }
            core.schedule(peer);
        }
        core.emit(sink, buffer, offset - Message.TRANSPORT_HEADER_LENGTH, size, to);
        if (rekey) {
            initiate(peer, nowNanos, sink);
        }
        return SendResult.SENT;
    }

    /** Keeps a packet for the next session, and asks for one; null if there is one by now. */
    private @Nullable SendResult stage(
            WgPeer peer,
            @Nullable Keypair tried,
            ByteBuffer buffer,
            int offset,
            int length,
            long nowNanos,
            WgSink sink) {
        boolean initiate;
        int dropped;
        synchronized (peer.lock) {
            if (!peer.maySpeak()) {
                core.drop(WgDrop.PEER_GONE);
                return SendResult.PEER_GONE;
            }
            if (peer.endpoint == null) {
                core.drop(WgDrop.NO_ENDPOINT);
                return SendResult.NO_ENDPOINT;
            }
            Keypair now = peer.keypairs.current();
            if (now != tried && now != null && now.maySend(nowNanos)) {
                return null;
            }
            dropped = peer.staged.add(buffer, offset, length);
            initiate = peer.timers.claimInitiation(nowNanos, true);
            core.schedule(peer);
        }
        core.drop(WgDrop.STAGED, dropped);
        if (initiate) {
            initiate(peer, nowNanos, sink);
        }
        return SendResult.STAGED;
    }

    /** Sends what waits; whether there was anything. */
    private boolean flush(WgPeer peer, long nowNanos, WgSink sink) {
        boolean any = false;
        while (true) {
            ByteBuffer waiting;
            synchronized (peer.lock) {
                waiting = peer.hasSession(nowNanos) ? peer.staged.poll() : null;
            }
            if (waiting == null) {
                return any;
            }
            int offset = waiting.position();
            int length = waiting.remaining();
            any |= send(peer, waiting.clear(), offset, length, nowNanos, sink) == SendResult.SENT;
        }
    }

    private void deliver(WgPeer peer, ByteBuffer buffer, int offset, int padded, WgSink sink) {
        int length = InnerPacket.length(buffer, offset, padded);
        if (length < 0) {
            core.drop(WgDrop.BAD_PACKET);
        } else if (InnerPacket.findSource(peer.table(), buffer, offset) != peer) {
            core.drop(WgDrop.SOURCE_NOT_ALLOWED);
        } else {
            core.deliver(sink, peer, buffer, offset, length);
        }
    }
}
