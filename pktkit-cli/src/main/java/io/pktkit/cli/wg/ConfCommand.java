// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.StateOption;
import io.pktkit.cli.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a peer's file, on request only, since it holds a private key. */
@Command(
        name = "conf",
        description = {
            "Prints the file of a peer, for wg-quick, or as a QR code for the WireGuard applications.",
            "It holds a private key."
        })
final class ConfCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Parameters(paramLabel = "NAME", description = "The peer's name")
    private String name = "";

    @Option(names = "--qr", description = "Draw a QR code in place of the text.")
    private boolean qr;

    @Override
    public Integer call() throws UsageException, IOException {
        Path file = state.directory().resolve(name + ".conf");
        // A name is no path that leads elsewhere.
        if (name.contains("/") || !Files.isRegularFile(file)) {
            throw new UsageException(name + ": there is no file " + file
                    + "; if it was deleted, remove and add the peer, or name its directory with --state");
        }
        String text = TunnelFile.text(file);
        print(qr ? QrText.of(text) : text.stripTrailing());
        return 0;
    }
}
