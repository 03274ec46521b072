// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether native calls can be made here. Any thread. */
public final class NativePlatform {

    /** Where errno values, ioctl numbers and structures are those of this package; others of Linux differ. */
    private static final Set<String> PROCESSORS = Set.of("amd64", "x86_64", "aarch64", "riscv64", "loongarch64");

    private static final boolean DARWIN = isDarwin(System.getProperty("os.name", ""));

    private NativePlatform() {}

    /**
     * Makes sure that the C library of a 64-bit Linux is bound, binding it on the first call.
     *
     * @param feature what needs it, for the message: {@code a TAP device}
     * @throws IOException when this system is another one, or the native library cannot be loaded
     */
    public static void require(String feature) throws IOException {
        check(feature, unsupported(), null);
        requirePosix(feature);
    }

    /**
     * Makes sure that what the C libraries of Linux and macOS have both is bound, binding it on the first call.
     *
     * @param feature what needs it, for the message: {@code a TUN device}
     * @throws IOException when this system is another one, or the native library cannot be loaded
     */
    public static void requirePosix(String feature) throws IOException {
        check(feature, Binding.PROBLEM, Binding.CAUSE);
    }

    /** {@return whether this is macOS} */
    public static boolean isDarwin() {
        return DARWIN;
    }

    /**
     * Why this system is not supported, whether or not its C library could be bound.
     *
     * @return the reason, which names the system, or null when it is supported
     */
    public static @Nullable String unsupported() {
        return unsupported(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    /**
     * Why this system is not supported by what runs on macOS too.
     *
     * @return the reason, which names the system, or null when it is supported
     */
    public static @Nullable String unsupportedPosix() {
        return unsupportedPosix(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    /**
     * Why a system is not supported.
     *
     * @param os the value of the system property {@code os.name}
     * @param processor the value of the system property {@code os.arch}
     * @return the reason, or null when the system is supported
     */
    static @Nullable String unsupported(String os, String processor) {
        if (!os.equals("Linux")) {
            return "it needs Linux, and this is os.name=" + os;
        }
        if (!PROCESSORS.contains(processor)) {
            return "it needs x86-64, aarch64, riscv64 or loongarch64, and this is os.arch=" + processor;
        }
        return null;
    }

    /** As {@link #unsupported(String, String)}, for what runs on macOS too, which has fewer processors. */
    static @Nullable String unsupportedPosix(String os, String processor) {
        if (isDarwin(os)) {
            return null;
        }
        return os.equals("Linux") ? unsupported(os, processor) : "it needs Linux or macOS, and this is os.name=" + os;
    }

    private static boolean isDarwin(String os) {
        return os.equals("Mac OS X");
    }

    private static void check(String feature, @Nullable String problem, @Nullable Throwable cause) throws IOException {
        if (problem != null) {
            throw new IOException(feature + " is not available: " + problem, cause);
        }
    }

    /** Binds once what the system has, and remembers why it could not. */
    private static final class Binding {

        static final @Nullable String PROBLEM;
        static final @Nullable Throwable CAUSE;

        static {
            String problem = unsupportedPosix();
            Throwable cause = null;
            if (problem == null) {
                try {
                    Posix.bind();
                    if (!DARWIN) {
                        LibC.bind();
                    }
                    if (Native.POINTER_SIZE != Long.BYTES || Platform.isAndroid()) {
                        problem = "it needs a 64-bit system other than Android";
                    }
                } catch (LinkageError failure) {
                    problem = "JNA cannot load its native library (" + failure.getMessage()
                            + "); set jna.tmpdir to a directory that allows executables";
                    cause = failure;
                }
            }
            PROBLEM = problem;
            CAUSE = cause;
        }

        private Binding() {}
    }
}
