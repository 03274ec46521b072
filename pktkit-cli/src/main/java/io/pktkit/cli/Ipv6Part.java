// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.lab.LanConfig;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import picocli.CommandLine.Option;

/** What guests are told of IPv6. */
final class Ipv6Part implements UpPart {
    @Option(
            names = "--ipv6",
            paramLabel = "off|ula|PREFIX",
            defaultValue = "ula",
            description = {
                "IPv6 for guests: none, a random unique local /64, or the /64 given, such as",
                "fd12:3456:789a:1::/64. Guests get a default route if the host has one.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String ipv6 = "";

    @Override
    public boolean attaches() {
        return false;
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        switch (ipv6) {
            case "off" -> config.withoutIpv6();
            case "ula" -> {} // as by default
            default -> Options.set("--ipv6", ipv6, () -> config.ipv6(IpPrefix.parse(ipv6)));
        }
    }

    @Override
    public void open(RunningLan running) {}

    @Override
    public List<String> ready() {
        return List.of();
    }
}
