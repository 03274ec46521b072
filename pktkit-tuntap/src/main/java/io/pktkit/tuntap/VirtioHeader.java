// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.nativeio.VirtioNetHeader;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The {@code struct virtio_net_hdr} of Linux, by which unfinished messages are handed over. */
final class VirtioHeader extends DriverHeader {

    private final VirtioNetHeader header = new VirtioNetHeader();

    @Override
    int length() {
        return VirtioNetHeader.LENGTH;
    }

    @Override
    int maxHead() {
        return VirtioNetHeader.MAX_HEAD;
    }

    @Override
    void read(ByteBuffer buffer, int at) {
        header.read(buffer, at);
    }

    @Override
    @Nullable
    DropReason applyTo(Pdu message) {
        return header.applyTo(message, true);
    }

    @Override
    boolean takesUnfinished() {
        return true;
    }

    @Override
    int lengthOf(Pdu message, int length) {
        return VirtioNetHeader.lengthOf(message, length);
    }

    @Override
    int write(Pdu message, ByteBuffer target, int at) {
        return VirtioNetHeader.write(message, target, at);
    }
}
