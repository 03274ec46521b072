// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.filter;

/** Which of the two ends of a packet a question is about. */
enum Side {
    SOURCE(true, false),
    DESTINATION(false, true),
    EITHER(true, true);

    final boolean source;
    final boolean destination;

    Side(boolean source, boolean destination) {
        this.source = source;
        this.destination = destination;
    }
}
