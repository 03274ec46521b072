// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.UsageException;
import io.pktkit.wg.WgKeyFormatException;
import io.pktkit.wg.WgPrivateKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Tells the public key of a private one. */
@Command(name = "pubkey", description = "Reads a private key from standard input, and prints its public key.")
final class PubkeyCommand extends OutputCommand implements Callable<Integer> {
    private static final int MOST = 128;

    @Override
    public Integer call() throws UsageException, IOException {
        InputStream input = System.in;
        String text = new String(input.readNBytes(MOST), StandardCharsets.US_ASCII).strip();
        try {
            print(WgPrivateKey.parse(text).publicKey().toString());
        } catch (WgKeyFormatException e) {
            throw new UsageException("standard input: " + e.getMessage(), e);
        }
        return 0;
    }
}
