// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of QEMU, on which depends how it is told to connect.
 *
 * @param major the first number, 0 or more
 * @param minor the second number, 0 or more
 */
public record QemuVersion(int major, int minor) implements Comparable<QemuVersion> {

    /** {@code -netdev stream} and {@code dgram} came with it. */
    public static final QemuVersion STREAM = new QemuVersion(7, 2);

    /** {@code reconnect=SECONDS} of {@code stream} came with it. */
    static final QemuVersion RECONNECT = new QemuVersion(8, 0);

    /** {@code reconnect-ms=} took its place with it; the old name is gone from 10.2 on. */
    static final QemuVersion RECONNECT_MS = new QemuVersion(9, 2);

    /** The program for guests of the common kind. */
    public static final String PROGRAM = "qemu-system-x86_64";

    /** As in "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)". */
    private static final Pattern NUMBERS = Pattern.compile("version (\\d{1,4})\\.(\\d{1,4})");

    private static final int PROBE_SECONDS = 10;
    private static final int PROBE_BYTES = 4096;

    /**
     * Checks the numbers.
     *
     * @param major the first number
     * @param minor the second number
     */
    public QemuVersion {
        if (major < 0 || minor < 0) {
            throw new IllegalArgumentException("no version: major=" + major + " minor=" + minor);
        }
    }

    /**
     * Asks the {@link #PROGRAM} on the path for its version.
     *
     * @return the version
     * @throws IOException if it is not there, or does not tell
     */
    public static QemuVersion installed() throws IOException {
        return installed(PROGRAM);
    }

    /**
     * Asks a program for its version. Waits for it, ten seconds at most.
     *
     * @param program a command or a path
     * @return the version
     * @throws IOException if it cannot be run, or does not tell
     */
    public static QemuVersion installed(String program) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(program, "--version")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException missing) {
            throw new IOException(program + " cannot be run: install QEMU, or name its program", missing);
        }
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(program + " --version does not end");
            }
            try (InputStream output = process.getInputStream()) {
                return read(new String(output.readNBytes(PROBE_BYTES), StandardCharsets.UTF_8), program);
            }
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + program, interrupt);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * Reads what {@code --version} printed.
     *
     * @param output the text
     * @param program what printed it, for the message
     * @return the version
     * @throws IOException if there is none in it
     */
    static QemuVersion read(String output, String program) throws IOException {
        Matcher numbers = NUMBERS.matcher(output);
        if (!numbers.find()) {
            throw new IOException(program + " --version tells no version: " + output.strip());
        }
        return new QemuVersion(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
    }

    /**
     * Compares.
     *
     * @param other another version
     * @return whether this is that one or a later one
     */
    public boolean isAtLeast(QemuVersion other) {
        return compareTo(other) >= 0;
    }

    @Override
    public int compareTo(QemuVersion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    /** {@return such as {@code 7.2}} */
    @Override
    public String toString() {
        return major + "." + minor;
    }
}
