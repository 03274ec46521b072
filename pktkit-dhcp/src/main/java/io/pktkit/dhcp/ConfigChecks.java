// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;

/** What is wrong with a configured value by itself. */
final class ConfigChecks {
    private ConfigChecks() {}

    static void requireStation(MacAddress mac) {
        if (!mac.isUnicast() || mac.equals(MacAddress.ZERO)) {
            throw new IllegalArgumentException("mac must be the address of one station: mac=" + mac);
        }
    }

    static void requireName(String what, String name) {
        if (!DomainNames.isValid(name)) {
            throw new IllegalArgumentException(
                    what + " must be labels of letters, digits and hyphens, joined by dots: " + what + "=" + name);
        }
    }

    static long seconds(String name, Duration time) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(name + " must be at least one second: " + name + "=" + time);
        }
        return Math.min(time.toSeconds(), Lease.INFINITE);
    }

    static long size(IpAddress first, IpAddress last) {
        return Integer.toUnsignedLong(last.toIpv4Bits()) - Integer.toUnsignedLong(first.toIpv4Bits()) + 1;
    }
}
