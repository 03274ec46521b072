// SPDX-License-Identifier: MIT
package io.pktkit.consumer.afxdp;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;

/** What {@code pktkit-afxdp} does without a privilege: it describes what is to be captured, and says why it cannot. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        CaptureConfig program = CaptureConfig.builder().minPrefix(24, 64).build();
        System.out.println(CaptureRule.port(17, 53) + " of prefixes from /" + program.minPrefix(IpFamily.IPV4));
        AfXdpConfig config = AfXdpConfig.builder("no-such-one")
                .program(program)
                .capture(IpPrefix.parse("10.0.2.0/24"), CaptureRule.port(17, 53))
                .build();
        try (AfXdp device = AfXdp.open(config)) {
            System.out.println(device.mode());
        } catch (IOException expected) {
            System.out.println(expected.getMessage());
            return;
        }
        throw new IllegalStateException("an interface that is not there was opened");
    }
}
