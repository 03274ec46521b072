// SPDX-License-Identifier: MIT
package io.pktkit.consumer.afpacket;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import java.io.IOException;

/** What {@code pktkit-afpacket} does without a privilege: it says why it cannot. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        AfPacketConfig config = AfPacketConfig.builder("no-such-one").build();
        try (AfPacket device = AfPacket.open(config)) {
            throw new IllegalStateException("opened an interface that is not there: " + device);
        } catch (IOException expected) {
            System.out.println(expected.getMessage());
        }
    }
}
