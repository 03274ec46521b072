// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages of {@code docs} name tests that exist. */
class InteropTableTest {
    private static final Path ROOT = Path.of(System.getProperty("pktkit.root"));
    private static final Path TABLE = ROOT.resolve("docs/tcp-interop.md");
    private static final Pattern NAME = Pattern.compile("`(\\w+)\\.(should\\w+)`");
    private static final List<String> PACKAGES = List.of("io.pktkit.interop.", "io.pktkit.interop.tcp.");

    @Test
    void shouldNameOnlyTestsThatExist() throws IOException {
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher names = NAME.matcher(Files.readString(TABLE));
        while (names.find()) {
            named++;
            if (!exists(names.group(1), names.group(2))) {
                missing.add(names.group());
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(named > 50, "named=" + named);
    }

    /** Most of them are in other modules, so they are looked for in the sources. */
    @ParameterizedTest
    @CsvSource({"wireguard.md, 40", "openvpn.md, 50", "xdp.md, 90", "lan.md, 20", "qemu.md, 15", "iphost.md, 110"})
    void shouldNameOnlyTestsThatExist(String page, int atLeast) throws IOException {
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher names = NAME.matcher(Files.readString(ROOT.resolve("docs").resolve(page)));
        while (names.find()) {
            named++;
            if (!isWritten(names.group(1) + ".java", "void " + names.group(2) + "(")) {
                missing.add(names.group());
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(named > atLeast, "named=" + named);
    }

    private static boolean isWritten(String file, String method) throws IOException {
        for (String folder : List.of(
                "pktkit-core/src/test/java",
                "pktkit-native/src/test/java",
                "pktkit-dhcp/src/test/java",
                "pktkit-l2adapter/src/test/java",
                "pktkit-vtcp/src/test/java",
                "pktkit-iphost/src/test/java",
                "pktkit-dns/src/test/java",
                "pktkit-slirp/src/test/java",
                "pktkit-vclient/src/test/java",
                "pktkit-afpacket/src/test/java",
                "pktkit-afxdp/src/test/java",
                "pktkit-wg/src/test/java",
                "pktkit-ovpn/src/test/java",
                "pktkit-lab/src/test/java",
                "pktkit-cli/src/test/java",
                "pktkit-interop/src/test/java")) {
            try (Stream<Path> sources = Files.walk(ROOT.resolve(folder))) {
                for (Path source : sources.filter(path -> path.endsWith(file)).toList()) {
                    if (Files.readString(source).contains(method)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    @Test
    void shouldNameATestForEachCaseOfTheHost() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/iphost.md"));
        List<String> cases = new ArrayList<>();
        IntStream.rangeClosed(1, 18).forEach(number -> cases.add("S" + number));
        IntStream.rangeClosed(1, 12).forEach(number -> cases.add("F" + number));
        for (String each : cases) {
            String row = page.lines()
                    .filter(line -> line.startsWith("| " + each + " |"))
                    .findFirst()
                    .orElse("");
            assertTrue(NAME.matcher(row).find(), each);
        }
    }

    @Test
    void shouldNameOnlyTestsOfTheNatThatExist() throws IOException {
        String table = Files.readString(ROOT.resolve("docs/nat.md"));
        Matcher names = NAME.matcher(table.substring(table.indexOf("## With Linux")));
        int named = 0;
        while (names.find()) {
            named++;
            String type = "io.pktkit.interop.nat." + names.group(1);
            assertTrue(methodsOf(type).anyMatch(names.group(2)::equals), names.group());
        }
        assertTrue(named >= 4, "named=" + named);
    }

    private static boolean exists(String type, String method) {
        return PACKAGES.stream().flatMap(inner -> methodsOf(inner + type)).anyMatch(method::equals);
    }

    /** The names of a class's methods; none if there is no such class. */
    private static Stream<String> methodsOf(String type) {
        try {
            return Arrays.stream(Class.forName(type).getDeclaredMethods()).map(Method::getName);
        } catch (ClassNotFoundException e) {
            return Stream.empty();
        }
    }
}
