// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L3Device;
import io.pktkit.wire.Packet;

/**
 * Two devices that are the ends of one wire: what is sent into one comes out at the other's handler.
 *
 * <p>It joins two parts that each take over a device's handler, such as an adapter and a NAT: each gets an end. Either end
 * may be closed by itself; what is then sent into the other is dropped. Both ends are for any thread.
 */
public final class PairL3 {

    private final End near = new End();
    private final End far = new End();

    /** Creates two joined ends without handlers and without addresses. */
    public PairL3() {
        near.peer = far;
        far.peer = near;
    }

    /** {@return one end} */
    public L3Device near() {
        return near;
    }

    /** {@return the other end} */
    public L3Device far() {
        return far;
    }

    private static final class End extends AbstractL3Device {

        private End peer = this;

        @Override
        public boolean send(Packet packet) {
            if (isClosed()) {
                stats().sendDropped(DropReason.CLOSED);
                return false;
            }
            // Two pairs can be wired into a ring as well as two hubs can.
            if (!ForwardingDepth.enter()) {
                stats().sendDropped(DropReason.LOOP);
                return false;
            }
            try {
                int length = packet.length();
                DropReason reason = peer.dispatch(packet);
                if (reason != null) {
                    stats().sendDropped(reason);
                    return false;
                }
                stats().sent(length);
                peer.stats().received(length);
                return true;
            } finally {
                ForwardingDepth.exit();
            }
        }
    }
}
