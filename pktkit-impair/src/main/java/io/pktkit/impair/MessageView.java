// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;

/** Shows messages as what they are copies of. Owned by whoever looks, one message at a time. */
final class MessageView<P extends Pdu> {

    private final Frame frame = new Frame();
    private final Packet packet = new Packet();

    @SuppressWarnings("unchecked") // a link carries one kind
    P of(Message message) {
        return (P)
                (message.isFrame
                        ? frame.wrap(message.buffer, 0, message.length)
                        : packet.wrap(message.buffer, 0, message.length).linkCast(message.linkCast));
    }
}
