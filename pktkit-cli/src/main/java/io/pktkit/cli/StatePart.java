// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.dhcp.FileLeaseStore;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.local.PrivateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/**
 * The state directory: the leases, if it was named, and a control socket, which is there when another part has something to be
 * asked.
 */
final class StatePart implements UpPart {
    private static final String LEASES = "leases";

    @Mixin
    private final StateOption option = new StateOption();

    private @Nullable ControlServer control;

    Path directory() {
        return option.directory();
    }

    /** The socket to register verbs at, opened for whoever asks first. */
    ControlServer control(RunningLan running) throws UsageException {
        ControlServer present = control;
        if (present == null) {
            try {
                present = running.own(ControlServer.open(directory()));
            } catch (IOException e) {
                throw new UsageException("--state " + directory() + ": " + e.getMessage(), e);
            }
            control = present;
        }
        return present;
    }

    @Override
    public boolean attaches() {
        return false;
    }

    /** Leases are kept where a directory was named, and not in that of every LAN of the user's. */
    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        if (option.isGiven()) {
            try {
                config.leaseStore(FileLeaseStore.open(
                        PrivateFiles.makeDirectory(directory()).resolve(LEASES)));
            } catch (IOException e) {
                throw new UsageException("--state " + directory() + ": " + e.getMessage(), e);
            }
        }
    }

    /** The socket is what tells a second instance that the directory, and the leases in it, are another's. */
    @Override
    public void open(RunningLan running) throws UsageException {
        if (option.isGiven()) {
            control(running);
        }
    }

    @Override
    public List<String> ready() {
        return List.of();
    }
}
