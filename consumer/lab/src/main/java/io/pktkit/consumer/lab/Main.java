// SPDX-License-Identifier: MIT
package io.pktkit.consumer.lab;

import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import java.io.IOException;
import java.time.Duration;

/** A network of {@code pktkit-lab}. */
public final class Main {
    private Main() {}

    /**
     * @param args none
     * @throws IOException if the network does not come up
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        try (Lan lan = Lan.open(LanConfig.builder().build());
                LanHost alice = lan.addHost("alice")) {
            System.out.println(alice.awaitLease(Duration.ofSeconds(20)).prefix());
        }
    }
}
