// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.session.Keepalive;
import io.pktkit.ovpn.internal.session.SessionEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The way of data packets out of the tunnel, of one receiving thread: decrypt, sort out what is for the server itself, and
 * hand on the rest.
 */
final class DataReceiver {

    /** What begins a message about options, or that the client leaves. */
    private static final long OCC_HIGH = 0x287f346bd4ef7a81L;

    private static final long OCC_LOW = 0x2d56b8d3afc5459cL;
    private static final int OCC_LENGTH = 17;
    private static final int OCC_REQUEST = 0;
    private static final int OCC_REPLY = 1;
    private static final int OCC_EXIT = 6;

    private final ServerCore core;
    private final Plain plain = new Plain();
    private final Joined joined = new Joined();

    DataReceiver(ServerCore core) {
        this.core = core;
    }

    /** Takes a data packet of a client that may be in; whether it was authentic. */
    boolean receive(@Nullable ClientLink link, ByteBuffer buffer, int offset, int length) {
        if (link == null || !link.isIn()) {
            core.drop(OvpnDrop.UNKNOWN_PEER);
            return false;
        }
        OpenResult result = link.plane().open(buffer, offset, length, plain, core.nowNanos());
        switch (result) {
            case OPENED -> opened(link);
            case REPLAY -> core.drop(OvpnDrop.REPLAY);
            case FORGED, SPENT -> core.drop(OvpnDrop.FORGED);
            default -> core.drop(OvpnDrop.MALFORMED);
        }
        return result == OpenResult.OPENED;
    }

    /** Hands on what is held, at the end of what was there to receive. */
    void endOfBurst() {
        joined.flush();
    }

    private void opened(ClientLink link) {
        ByteBuffer buffer = plain.buffer();
        int offset = plain.offset();
        int length = plain.length();
        if (Keepalive.isPing(buffer, offset, length)) {
            return;
        }
        if (length >= OCC_LENGTH && buffer.getLong(offset) == OCC_HIGH && buffer.getLong(offset + 8) == OCC_LOW) {
            onOcc(link, buffer.get(offset + 16));
            return;
        }
        ClientFace face = link.face();
        if (face == null) {
            return;
        }
        link.received(length);
        if (!face.arrived(buffer, offset, length, joined)) {
            core.drop(OvpnDrop.SPOOFED);
        }
    }

    private void onOcc(ClientLink link, byte type) {
        if (type == OCC_EXIT) {
            core.worker().post(link, new SessionEvent.ExitNotified());
        } else if (type == OCC_REQUEST) {
            byte[] text = (link.session().optionsAnswer() + "\0").getBytes(StandardCharsets.UTF_8);
            ByteBuffer reply = ByteBuffer.allocate(OCC_LENGTH + text.length)
                    .putLong(OCC_HIGH)
                    .putLong(OCC_LOW)
                    .put((byte) OCC_REPLY)
                    .put(text);
            TunnelSender.sendTo(core, link, reply, 0, reply.capacity(), 0);
        }
    }
}
