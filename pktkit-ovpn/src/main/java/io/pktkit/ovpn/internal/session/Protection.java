// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.internal.wrap.WrapIds;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What protects the control channel of a session: the wrap that it began with, and for renegotiations perhaps that of
 * dynamic tls-crypt, whose key only this client and this server have.
 */
final class Protection {

    private final ControlWrap first;
    private final WrapIds firstIds;
    private @Nullable ControlWrap dynamic;
    private @Nullable WrapIds dynamicIds;

    Protection(SessionOrigin origin) {
        first = origin.wrap();
        firstIds = new WrapIds(origin.resetSent() ? 2 : 1, origin.unixSeconds());
    }

    /** From the next key on. */
    void makeDynamic(@Nullable StaticKey wrapKey, byte[] exported, int unixSeconds) {
        StaticKey key = wrapKey == null ? StaticKey.of(exported) : wrapKey.xor(exported);
        dynamic = TlsCryptWrap.server(key);
        dynamicIds = new WrapIds(1, unixSeconds);
    }

    int overhead(int keyId) {
        return wrap(keyId).overhead();
    }

    private ControlWrap wrap(int keyId) {
        ControlWrap later = dynamic;
        return keyId == 0 || later == null ? first : later;
    }

    private WrapIds ids(int keyId) {
        WrapIds later = dynamicIds;
        return keyId == 0 || later == null ? firstIds : later;
    }

    byte[] protect(ControlPacket packet) {
        return ids(packet.keyId()).wrap(wrap(packet.keyId()), packet);
    }

    /** The packet in it; null if there is none, and then {@code why} knows. */
    @Nullable
    ControlPacket open(byte[] bytes, DropCounter why) {
        if (bytes.length < ControlPacket.HEAD_LENGTH || !Opcode.isControl(Opcode.of(bytes[0]))) {
            why.count(SessionDrop.MALFORMED);
            return null;
        }
        byte[] packet = withoutWrappedKey(bytes);
        if (packet.length < ControlPacket.HEAD_LENGTH) {
            // The key says that it is all of the packet.
            why.count(SessionDrop.MALFORMED);
            return null;
        }
        int keyId = Opcode.keyId(packet[0]);
        ControlWrap.Unwrapped unwrapped = wrap(keyId).unwrap(packet);
        if (unwrapped == null) {
            why.count(SessionDrop.NOT_AUTHENTIC);
            return null;
        }
        if (!ids(keyId).accept(unwrapped)) {
            why.count(SessionDrop.REPLAY);
            return null;
        }
        ControlPacket parsed = ControlPacket.parse(packet, unwrapped.body());
        if (parsed == null) {
            why.count(SessionDrop.MALFORMED);
        }
        return parsed;
    }

    /** Counts why a packet was dropped. */
    @FunctionalInterface
    interface DropCounter {
        void count(SessionDrop reason);
    }

    /** The key of tls-crypt-v2 that a client sends along is not part of what is protected. */
    static byte[] withoutWrappedKey(byte[] packet) {
        int opcode = Opcode.of(packet[0]);
        if (opcode != Opcode.CONTROL_HARD_RESET_CLIENT_V3 && opcode != Opcode.CONTROL_WKC_V1) {
            return packet;
        }
        return Arrays.copyOf(packet, packet.length - TlsCryptV2Key.wrappedLength(packet));
    }
}
