// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** No protection but that of TLS. */
public final class PlainWrap implements ControlWrap {

    /** Creates it. */
    public PlainWrap() {}

    @Override
    public int overhead() {
        return 0;
    }

    @Override
    public byte[] wrap(ControlPacket packet, int id, int time) {
        byte[] head = packet.head();
        byte[] body = packet.body();
        byte[] wire = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, wire, head.length, body.length);
        return wire;
    }

    @Override
    public @Nullable Unwrapped unwrap(byte[] packet) {
        if (packet.length < ControlPacket.HEAD_LENGTH) {
            return null;
        }
        return new Unwrapped(false, 0, 0, Arrays.copyOfRange(packet, ControlPacket.HEAD_LENGTH, packet.length));
    }
}
