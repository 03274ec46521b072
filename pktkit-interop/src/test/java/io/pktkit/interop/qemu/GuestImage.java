// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A kernel of this machine, and an initramfs with busybox and the modules that a virtio card needs. */
public final class GuestImage implements AutoCloseable {

    /** In the order in which they must be loaded, with names that sort so. */
    private static final List<String> MODULES = List.of(
            "drivers/virtio/virtio_ring",
            "drivers/virtio/virtio",
            "drivers/virtio/virtio_pci_legacy_dev",
            "drivers/virtio/virtio_pci_modern_dev",
            "drivers/virtio/virtio_pci",
            "net/core/failover",
            "drivers/net/net_failover",
            "drivers/net/virtio_net");

    /** In that order, behind the others. */
    private static final List<String> WIREGUARD = List.of(
            "lib/crypto/libchacha",
            "arch/x86/crypto/chacha-x86_64",
            "arch/x86/crypto/poly1305-x86_64",
            "lib/crypto/libchacha20poly1305",
            "lib/crypto/libcurve25519-generic",
            "arch/x86/crypto/curve25519-x86_64",
            "net/ipv4/udp_tunnel",
            "net/ipv6/ip6_udp_tunnel",
            "drivers/net/wireguard/wireguard");

    private static final Duration LIMIT = Await.LIMIT;
    private static final String KERNEL = "vmlinuz-";

    final Path kernel;
    final Path initramfs;

    /** For sockets and the like of the guests; its path is short. */
    final Path folder;

    private GuestImage(Path kernel, Path folder, List<String> moreModules, List<Path> files) throws IOException {
        this.kernel = kernel;
        this.folder = folder;
        this.initramfs = folder.resolve("initramfs");
        Path root = folder.resolve("root");
        for (String directory : List.of("bin", "dev", "etc", "lib", "proc", "sys", "tmp")) {
            Files.createDirectories(root.resolve(directory));
        }
        Files.copy(busybox(), root.resolve("bin/busybox"));
        unpack("guest-init", root.resolve("init"));
        unpack("guest-lease", root.resolve("bin/lease"));
        Path modules = Path.of("/lib/modules", version(kernel), "kernel");
        List<String> all = Stream.concat(MODULES.stream(), moreModules.stream()).toList();
        for (int i = 0; i < all.size(); i++) {
            Files.copy(modules.resolve(all.get(i) + ".ko"), root.resolve("lib/%03d.ko".formatted(i)));
        }
        for (Path file : files) {
            Path copy = root.resolve(file.toString().substring(1));
            Files.createDirectories(Objects.requireNonNull(copy.getParent()));
            Files.copy(file, copy);
        }
        Commands.run(
                        LIMIT,
                        "sh",
                        "-c",
                        "cd " + root + " && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >" + initramfs)
                .expectSuccess();
    }

    /** Makes one, or skips the test where there is no such kernel; with PKTKIT_INTEROP=required that fails. */
    static GuestImage create() throws IOException {
        return create(List.of(), List.of());
    }

    /**
     * Makes one with more in it.
     *
     * @param modules further kernel modules, in the order in which they must be loaded
     * @param files files of this machine, which are in the same place there
     */
    public static GuestImage create(List<String> modules, List<Path> files) throws IOException {
        Optional<Path> kernel = kernel();
        if (kernel.isEmpty() && "required".equals(System.getenv("PKTKIT_INTEROP"))) {
            throw new IllegalStateException("PKTKIT_INTEROP=required, but no /boot/vmlinuz-*cloud* of Debian");
        }
        Assumptions.assumeTrue(kernel.isPresent(), "skipped: no /boot/vmlinuz-*cloud* of Debian");
        return new GuestImage(kernel.orElseThrow(), Files.createTempDirectory("pkq"), modules, files);
    }

    /** Makes one that has the kernel's WireGuard and the tool {@code wg}. */
    public static GuestImage createWithWireGuard() throws IOException {
        return create(WIREGUARD, wg());
    }

    /** The tool and what it is linked with. */
    private static List<Path> wg() {
        return linked("command -v wg; ldd $(command -v wg)");
    }

    /** The files that a shell command names by their whole paths. */
    public static List<Path> linked(String command) {
        String words = Commands.run(LIMIT, "sh", "-c", command).expectSuccess().output();
        return Stream.of(words.split("\\s+"))
                .filter(word -> word.startsWith("/"))
                .distinct()
                .map(Path::of)
                .toList();
    }

    /** The version of the kernel that guests run, which modules for them are built for; none if there is no kernel. */
    public static Optional<String> version() throws IOException {
        return kernel().map(GuestImage::version);
    }

    private static String version(Path kernel) {
        return kernel.getFileName().toString().substring(KERNEL.length());
    }

    private static Optional<Path> kernel() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/boot"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(KERNEL)
                            && file.toString().contains("cloud"))
                    .max(Path::compareTo);
        }
    }

    private static Path busybox() {
        return Stream.of("/bin/busybox", "/usr/bin/busybox")
                .map(Path::of)
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    private static void unpack(String resource, Path to) {
        try (InputStream in = Objects.requireNonNull(GuestImage.class.getResourceAsStream("/" + resource), resource)) {
            Files.write(to, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!to.toFile().setExecutable(true, false)) {
            throw new IllegalStateException("cannot make executable: " + to);
        }
    }

    @Override
    public void close() {
        Commands.run(LIMIT, "rm", "-rf", folder.toString()).expectSuccess();
    }
}
