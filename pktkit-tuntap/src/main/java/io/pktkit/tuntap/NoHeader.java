// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where messages stand alone. */
final class NoHeader extends DriverHeader {

    @Override
    int length() {
        return 0;
    }

    @Override
    int maxHead() {
        return 0;
    }

    @Override
    void read(ByteBuffer buffer, int at) {
        // there is nothing
    }

    @Override
    @Nullable
    DropReason applyTo(Pdu message) {
        return null;
    }

    @Override
    int write(Pdu message, ByteBuffer target, int at) {
        return 0;
    }
}
