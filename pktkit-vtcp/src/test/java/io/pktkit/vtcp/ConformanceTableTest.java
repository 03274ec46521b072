// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/tcp-conformance.md} names tests that exist, and there are as many conversations as it takes. */
class ConformanceTableTest {
    private static final Path TABLE = Path.of("..", "docs", "tcp-conformance.md");
    private static final Path ROOT = Path.of("src", "test", "java");
    private static final Path SOURCES = ROOT.resolve(Path.of("io", "pktkit", "vtcp"));
    private static final Pattern NAME = Pattern.compile("`(\\w+)\\.(should\\w+)`");
    private static final Pattern TEST = Pattern.compile("^ +@Test$", Pattern.MULTILINE);
    private static final int SCRIPTS = 150;

    @Test
    void shouldNameOnlyTestsThatExist() throws IOException {
        List<String> packages = packages();
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher names = NAME.matcher(Files.readString(TABLE));
        while (names.find()) {
            named++;
            if (!exists(packages, names.group(1), names.group(2))) {
                missing.add(names.group());
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(named > 150, "named=" + named);
    }

    private static List<String> packages() throws IOException {
        try (Stream<Path> folders = Files.walk(SOURCES).filter(Files::isDirectory)) {
            return folders.map(folder -> ROOT.relativize(folder).toString().replace(File.separatorChar, '.') + ".")
                    .toList();
        }
    }

    private static boolean exists(List<String> packages, String type, String method) {
        return packages.stream().flatMap(place -> methodsOf(place + type)).anyMatch(method::equals);
    }

    /** The names of a class's methods; none if there is no such class. */
    private static Stream<String> methodsOf(String type) {
        try {
            return Arrays.stream(Class.forName(type).getDeclaredMethods()).map(Method::getName);
        } catch (ClassNotFoundException e) {
            return Stream.empty();
        }
    }

    @Test
    void shouldHaveManyScripts() throws IOException {
        int scripts = 0;
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (name.endsWith("ScriptTest.java") || name.equals("DefectTest.java")) {
                    scripts +=
                            (int) TEST.matcher(Files.readString(file)).results().count();
                }
            }
        }

        assertTrue(scripts >= SCRIPTS, "scripts=" + scripts);
    }
}
