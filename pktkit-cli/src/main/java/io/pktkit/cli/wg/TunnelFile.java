// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.UsageException;
import io.pktkit.wg.quick.WgQuickConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of tunnels, as users have them. */
final class TunnelFile {
    private TunnelFile() {}

    /** Reads one, which must be its owner's alone: it holds a private key. */
    static WgQuickConfig read(Path file) throws UsageException {
        try {
            WgQuickConfig.checkPrivate(file);
            return WgQuickConfig.read(file);
        } catch (IOException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Reads one as it is, having seen that it is one. */
    static String text(Path file) throws UsageException, IOException {
        read(file);
        return Files.readString(file);
    }
}
