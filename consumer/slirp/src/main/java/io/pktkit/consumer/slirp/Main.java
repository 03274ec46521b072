// SPDX-License-Identifier: MIT
package io.pktkit.consumer.slirp;

import io.pktkit.link.PipeL3;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpAttachment;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;

/** A NAT of {@code pktkit-slirp}. */
public final class Main {
    private Main() {}

    /**
     * @param args none
     * @throws IOException if no socket can be had
     */
    public static void main(String[] args) throws IOException {
        SlirpConfig config =
                SlirpConfig.builder().address(IpPrefix.parse("10.0.2.1/24")).build();
        try (Slirp slirp = Slirp.open(config);
                PipeL3 guest = new PipeL3()) {
            SlirpAttachment attachment = slirp.connect(guest);
            attachment.close();
        }
    }
}
