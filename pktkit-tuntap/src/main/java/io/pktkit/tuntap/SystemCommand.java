// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs a command of the system to its end. Any thread. */
interface SystemCommand {

    /**
     * Runs one.
     *
     * @param command the program and its arguments
     * @return what it complained of, empty if it did what it was asked
     * @throws IOException when it cannot be run
     */
    String run(List<String> command) throws IOException;

    /** Runs commands for real. */
    final class Real implements SystemCommand {

        /** Nobody reads more of a complaint. */
        private static final int LONGEST = 4096;

        /**
         * The exit status alone does not tell: {@code route} of macOS ends with 0 also when the kernel has refused, and says
         * so in its standard error, where it writes nothing else.
         */
        @Override
        public String run(List<String> command) throws IOException {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                process.getOutputStream().close();
                InputStream errors = process.getErrorStream();
                String said = new String(errors.readNBytes(LONGEST), StandardCharsets.UTF_8).strip();
                errors.close();
                int status = process.waitFor();
                return said.isEmpty() && status != 0 ? "exit status " + status : said;
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while " + command.get(0) + " ran");
            } finally {
                process.destroy();
            }
        }
    }
}
