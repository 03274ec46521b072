// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A device that keeps copies of what it is sent. For one thread. */
final class Station extends AbstractL2Device {

    final List<String> inbox = new ArrayList<>();
    private final Frame view = new Frame();

    Station(int number) {
        super(MacAddress.of(mac(number)));
    }

    /** A station's address: locally administered, with the number in the low bytes. */
    static long mac(int number) {
        return 0x02_00_00_00_00_00L | number;
    }

    /** A frame in hex, with a payload that is long enough for Ethernet. */
    static String frame(long destination, long source, String typeAndTags) {
        return hex(destination) + hex(source) + typeAndTags + "00112233445566778899aabbccddeeff".repeat(3);
    }

    private static String hex(long mac) {
        return String.format("%012x", mac);
    }

    void inject(String frame) {
        inject(HexFormat.of().parseHex(frame));
    }

    void inject(byte[] frame) {
        deliver(view.wrap(ByteBuffer.wrap(frame)));
    }

    boolean inject(Frame frame) {
        return deliver(frame);
    }

    @Override
    public boolean send(Frame frame) {
        if (isClosed()) {
            return false;
        }
        inbox.add(HexFormat.of().formatHex(frame.toBytes()));
        return true;
    }
}
