// SPDX-License-Identifier: MIT
package io.pktkit.consumer.pcap;

import io.pktkit.pcap.Capture;
import io.pktkit.pcap.CaptureConfig;
import io.pktkit.pcap.CaptureFilter;
import java.io.OutputStream;

/** A capture of {@code pktkit-pcap}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        CaptureConfig config = CaptureConfig.DEFAULT.withFilter(CaptureFilter.parse("arp or udp port 67"));
        try (Capture capture = Capture.toStream(OutputStream.nullOutputStream(), config)) {
            System.out.println(capture.stats());
        }
    }
}
