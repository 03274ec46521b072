// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.lab.LanConfig;
import java.util.List;
import picocli.CommandLine.Option;

/** Whether the kernel cuts and joins what goes through interfaces and sockets. */
final class OffloadPart implements UpPart {
    @Option(
            names = "--offload",
            paramLabel = "auto|on|off",
            defaultValue = "auto",
            description = {
                "Let the kernel cut and join segments and make checksums, on TAP interfaces and",
                "UDP sockets: where it passes a test, also where it is known to be broken, or never.",
                "Default: ${DEFAULT-VALUE}"
            })
    private String offload = "";

    /** Valid once {@link #configure} has judged it. */
    private OffloadMode mode = OffloadMode.AUTO;

    @Override
    public boolean attaches() {
        return false;
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        mode = switch (offload) {
            case "auto" -> OffloadMode.AUTO;
            case "on" -> OffloadMode.ON;
            case "off" -> OffloadMode.OFF;
            default -> throw new UsageException("--offload " + offload + ": choose auto, on or off");
        };
        config.offload(mode);
    }

    OffloadMode mode() {
        return mode;
    }

    @Override
    public void open(RunningLan running) {}

    @Override
    public List<String> ready() {
        return List.of();
    }
}
