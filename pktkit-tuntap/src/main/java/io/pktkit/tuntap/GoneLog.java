// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import java.io.IOException;

/** Tells, once for each device, why it ended without being closed. */
final class GoneLog {

    private static final System.Logger LOG = System.getLogger("io.pktkit.tuntap");

    private GoneLog() {}

    /** A deleted interface is told in one line; what else can end a reader is a defect, told with its trace. */
    static void record(String name, Throwable reason) {
        String message = "interface " + name + " is gone, its device closes: " + reason;
        if (reason instanceof IOException) {
            LOG.log(System.Logger.Level.WARNING, message);
        } else {
            LOG.log(System.Logger.Level.ERROR, message, reason);
        }
    }
}
