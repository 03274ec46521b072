// SPDX-License-Identifier: MIT
package io.pktkit.consumer.iphost;

import io.pktkit.iphost.HostAddresses;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;

/** The addresses of {@code pktkit-iphost}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        HostAddresses addresses = new HostAddresses();
        addresses.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        if (!addresses.isOwn(IpAddress.parse("10.0.0.2"))) {
            throw new IllegalStateException("the address is not what was set");
        }
    }
}
