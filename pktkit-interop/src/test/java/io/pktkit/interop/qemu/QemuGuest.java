// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import io.pktkit.interop.Commands;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A virtual machine that runs what the test tells it over its serial line. One thread. */
public final class QemuGuest implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** How long KVM gets to boot one: it takes a second or two where it works, and for ever where it does not. */
    private static final Duration KVM_LIMIT = Duration.ofSeconds(8);

    private static final String UP = "guest is up";
    private static final String EXIT = "(exit ";

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** A kernel waits until it has something random before it makes its first key; this gives it that at once. */
    private static final List<String> EMULATED = List.of("-cpu", "qemu64,+rdrand");

    private static List<String> accelerator = EMULATED;
    private static boolean probed;

    private final Process process;
    private final Path monitor;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();

    private QemuGuest(GuestImage image, List<String> acceleration, List<String> card) throws IOException {
        monitor = image.folder.resolve("m" + NUMBERS.incrementAndGet());
        List<String> command = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-m",
                "160",
                "-serial",
                "stdio",
                "-monitor",
                "unix:" + monitor + ",server=on,wait=off",
                "-kernel",
                image.kernel.toString(),
                "-initrd",
                image.initramfs.toString(),
                "-append",
                // A panic is printed. An emulated timer that is late for want of a CPU is no cause for one.
                "console=ttyS0 quiet loglevel=1 no_timer_check panic=-1"));
        command.addAll(acceleration);
        command.addAll(card);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", Commands.PATH);
        process = builder.start();
        Thread reader = new Thread(this::readLines, "guest-output");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a machine; {@link #awaitUp} waits for it.
     *
     * @param card the arguments for its network card
     */
    public static QemuGuest start(GuestImage image, List<String> card) throws IOException, InterruptedException {
        return new QemuGuest(image, accelerator(image), card);
    }

    /** Tries KVM once: there are machines that have it and on which no guest boots. */
    private static synchronized List<String> accelerator(GuestImage image) throws IOException, InterruptedException {
        if (!probed && Files.isWritable(Path.of("/dev/kvm"))) {
            List<String> kvm = List.of("-accel", "kvm", "-cpu", "host");
            try (QemuGuest probe = new QemuGuest(image, kvm, List.of())) {
                if (probe.hasLine(UP, KVM_LIMIT)) {
                    accelerator = kvm;
                }
            }
        }
        probed = true;
        return accelerator;
    }

    /** Whether a guest is as fast as its host, and moves in a second what an emulated one moves in a minute. */
    static synchronized boolean isAccelerated() {
        return !accelerator.equals(EMULATED);
    }

    private void readLines() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
            lines.add("(ended)");
        } catch (IOException e) {
            lines.add("(ended: " + e + ")");
        }
    }

    public QemuGuest awaitUp() throws InterruptedException {
        if (!hasLine(UP, LIMIT)) {
            throw new AssertionError("the guest did not boot within " + LIMIT + "; printed: " + seen);
        }
        return this;
    }

    private boolean hasLine(String text, Duration limit) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        String line = lines.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        while (line != null) {
            seen.add(line);
            if (line.contains(text)) {
                return true;
            }
            line = line.startsWith("(ended") ? null : lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        return false;
    }

    /** Runs a shell command in the guest, which must succeed, and gives what it printed. */
    public String run(String command) throws IOException, InterruptedException {
        Commands.Result result = tryRun(command);
        if (result.exit() != 0) {
            throw new AssertionError(
                    "exit " + result.exit() + " from '" + command + "' in the guest: " + result.output());
        }
        return result.output();
    }

    public Commands.Result tryRun(String command) throws IOException, InterruptedException {
        begin(command);
        return finish(command);
    }

    /** Starts a shell command in the guest; {@link #finish} waits for it. */
    void begin(String command) throws IOException {
        OutputStream serial = process.getOutputStream();
        serial.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
        serial.flush();
    }

    Commands.Result finish(String command) throws InterruptedException {
        int before = seen.size();
        if (!hasLine(EXIT, LIMIT)) {
            throw new AssertionError("'" + command + "' did not end in the guest; printed: " + seen);
        }
        List<String> printed = seen.subList(before, seen.size() - 1);
        String exit = seen.get(seen.size() - 1);
        int code = Integer.parseInt(exit.substring(exit.indexOf(EXIT) + EXIT.length(), exit.length() - 1));
        return new Commands.Result(List.of(command), code, String.join("\n", printed));
    }

    /** Gets a lease, and the address in it. */
    String lease() throws IOException, InterruptedException {
        run("udhcpc -i eth0 -s /bin/lease -n -q -f -t 60 -T 1");
        return address();
    }

    String address() throws IOException, InterruptedException {
        return run("ip -4 -o addr show dev eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'")
                .strip();
    }

    /** Tells the machine something by QEMU's monitor, such as {@code stop} and {@code cont}. */
    void monitor(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(monitor))) {
            ByteBuffer bytes = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            // It answers with a prompt before the command, and one after it.
            StringBuilder answer = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            while (answer.toString().split("\\(qemu\\)", -1).length < 3 && channel.read(buffer.clear()) >= 0) {
                answer.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            }
        }
    }

    /** Ends the machine as a failing host would. */
    void kill() {
        Commands.kill(process);
    }

    @Override
    public void close() {
        kill();
    }
}
