// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.nativeio.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A network namespace of the kernel for one test, gone when closed.
 *
 * <p>{@link #call} runs Java code on a thread of its own inside it: a device or socket which that code opens belongs to
 * the namespace for good, and any thread may use it afterwards. {@link #run} runs a program inside it.
 */
final class TestNamespace implements AutoCloseable {

    /** For one program; what takes longer is bounded by the time of the test. */
    private static final long LIMIT_SECONDS = 100;

    /** How long ping asks until it has its answers. */
    private static final String PING_SECONDS = "60";

    private static final SplittableRandom RANDOM = new SplittableRandom();

    private final String name = randomName("pkt");

    TestNamespace() throws IOException {
        program("ip", "netns", "add", name);
        run("ip", "link", "set", "lo", "up");
    }

    /** Skips the calling test where namespaces and TUN cannot be had; fails it when PKTKIT_INTEROP=required. */
    static void require() {
        requirement("needs Linux", System.getProperty("os.name").equals("Linux"));
        requirement("needs root", System.getProperty("user.name").equals("root"));
        requirement("needs /dev/net/tun", Files.exists(Path.of("/dev/net/tun")));
        requirement("needs ip (iproute2)", isInstalled("ip"));
        requirement("needs ping (iputils-ping)", isInstalled("ping"));
    }

    private static void requirement(String reason, boolean met) {
        if ("required".equals(System.getenv("PKTKIT_INTEROP"))) {
            Assertions.assertTrue(met, reason);
        }
        Assumptions.assumeTrue(met, reason);
    }

    private static boolean isInstalled(String program) {
        return Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** A name for an interface or namespace that no other test has, of 11 bytes at most. */
    static String randomName(String start) {
        return start + Integer.toHexString(RANDOM.nextInt());
    }

    /** Runs code on a fresh thread inside the namespace, and waits for it. */
    <T> T call(Callable<T> code) throws Exception {
        FutureTask<T> task = start(code);
        try {
            return task.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    /** Starts code on a fresh thread inside the namespace. */
    <T> FutureTask<T> start(Callable<T> code) {
        FutureTask<T> task = new FutureTask<>(() -> {
            NetworkNamespace.enter("/run/netns/" + name);
            return code.call();
        });
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Runs a program inside the namespace to its end; fails unless it exits with 0. */
    String run(String... command) throws IOException {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
        inside.addAll(Arrays.asList(command));
        return program(inside.toArray(String[]::new));
    }

    /**
     * Pings until there are three answers; fails if there are not. By count alone ping waits for a late answer no longer than
     * twice as long as for those before, which on a busy machine is nothing.
     */
    void ping(String target, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("ping", "-n", "-c", "3", "-i", "0.05", "-w", PING_SECONDS));
        command.addAll(Arrays.asList(options));
        command.add(target);
        run(command.toArray(String[]::new));
    }

    /**
     * Waits until the kernel has taken all IPv6 addresses into use, which it does in a work queue, also for interfaces where
     * there is nobody who could have the same.
     */
    void awaitAddresses() throws IOException {
        while (!run("ip", "-6", "address", "show", "tentative").isBlank()) {
            Thread.onSpinWait();
        }
    }

    /** The names of the interfaces in the namespace, with what {@code ip -br link} says of them. */
    String interfaces() throws IOException {
        return run("ip", "-br", "link");
    }

    @Override
    public void close() throws IOException {
        program("ip", "netns", "del", name);
    }

    private static String program(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(String.join(" ", command) + ": no end after " + LIMIT_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": exit " + process.exitValue() + "\n" + output);
            }
            return output;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IOException(stop);
        } finally {
            process.destroyForcibly();
        }
    }
}
