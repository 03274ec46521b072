// SPDX-License-Identifier: MIT
package io.pktkit.consumer.qemu;

import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import java.io.IOException;

/** A listener of {@code pktkit-qemu}. */
public final class Main {
    private Main() {}

    /**
     * Listens and goes.
     *
     * @param args none
     * @throws IOException if there is no port
     */
    public static void main(String[] args) throws IOException {
        try (QemuListener listener = QemuListener.open(QemuAddress.parse("tcp:127.0.0.1:0"), QemuConfig.DEFAULT)) {
            System.out.println(QemuArguments.connectingTo(listener.address(), QemuVersion.STREAM));
        }
    }
}
