// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.wg.PresharedKey;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Makes a preshared key. */
@Command(name = "genpsk", description = "Prints a new preshared key.")
final class GenpskCommand extends OutputCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        print(PresharedKey.generate(new SecureRandom()).toBase64());
        return 0;
    }
}
