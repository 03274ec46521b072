// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The four bytes before each packet of a utun interface: its address family as macOS numbers it, big-endian. */
final class FamilyHeader extends DriverHeader {

    private static final int LENGTH = Integer.BYTES;

    // sys/socket.h of macOS
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 30;

    private int family;

    @Override
    int length() {
        return LENGTH;
    }

    @Override
    int maxHead() {
        return LENGTH;
    }

    @Override
    void read(ByteBuffer buffer, int at) {
        family = buffer.getInt(at);
    }

    @Override
    @Nullable
    DropReason applyTo(Pdu message) {
        return family == familyOf(message) ? null : DropReason.MALFORMED;
    }

    @Override
    int write(Pdu message, ByteBuffer target, int at) {
        target.putInt(at, familyOf(message));
        return 0;
    }

    /** Of a valid packet; another version was refused before. */
    private static int familyOf(Pdu message) {
        return message.packet().isIpv6() ? AF_INET6 : AF_INET;
    }
}
