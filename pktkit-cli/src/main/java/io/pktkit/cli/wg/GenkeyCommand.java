// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.wg.WgPrivateKey;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Makes a private key. */
@Command(name = "genkey", description = "Prints a new private key.")
final class GenkeyCommand extends OutputCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        print(WgPrivateKey.generate(new SecureRandom()).toBase64());
        return 0;
    }
}
