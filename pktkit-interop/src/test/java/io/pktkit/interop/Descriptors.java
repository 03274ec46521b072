// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import io.pktkit.nativeio.NativeFd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The descriptors of this process that devices hold, and a process that runs out of them. */
public final class Descriptors {

    private Descriptors() {}

    /** Opens a device of the kind that is tried. */
    @FunctionalInterface
    public interface Opener {
        AutoCloseable open() throws IOException;
    }

    /** What each is: sockets, and what has no name, such as events, maps and programs; not files. */
    public static List<String> held() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(Descriptors::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    /** Waits until there are no more than so many: who closes from within a callback does so a moment later. */
    public static void expectNoMoreThan(int before) {
        Await.until(() -> "descriptors: " + before + " before, now " + held(), () -> held().size() <= before);
    }

    /** The command that runs a class of the tests with at most so many descriptors, which must be few but start a JVM. */
    public static String[] few(int limit, Class<?> program) {
        return new String[] {
            "sh",
            "-c",
            "ulimit -n " + limit + "; exec "
                    + ProcessHandle.current().info().command().orElse("java")
                    + " --enable-native-access=ALL-UNNAMED -cp "
                    + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                    + " '" + program.getName() + "'"
        };
    }

    /**
     * For that program: holds all descriptors, and lets one more go before each attempt until a device opens. Tells how often
     * it was refused, and how many descriptors are left then. All that takes a descriptor once only must have been done.
     */
    public static void tryWithEachNumberOfThem(Opener opener) throws Exception {
        List<NativeFd> all = new ArrayList<>();
        int before = held().size();
        try {
            while (true) {
                all.add(NativeFd.open("/dev/null", NativeFd.O_RDONLY));
            }
        } catch (IOException full) {
            System.out.println("holds " + all.size());
        }
        int refused = 0;
        while (true) {
            all.remove(all.size() - 1).close();
            try (AutoCloseable device = opener.open()) {
                System.out.println("opened " + device);
                break;
            } catch (IOException failure) {
                if (!failure.toString().contains("EMFILE")) {
                    throw failure;
                }
                refused++;
            }
        }
        System.out.println("refused EMFILE " + refused);
        all.forEach(NativeFd::close);
        System.out.println("left " + Math.max(0, held().size() - before));
    }

    /** Fails unless that program told so. */
    public static void expectRefusals(int atLeast, String told) {
        String refused = told.lines()
                .filter(line -> line.startsWith("refused EMFILE "))
                .findFirst()
                .orElseThrow(() -> new AssertionError(told));
        if (Integer.parseInt(refused.substring("refused EMFILE ".length())) < atLeast || !told.contains("left 0")) {
            throw new AssertionError(told);
        }
    }
}
