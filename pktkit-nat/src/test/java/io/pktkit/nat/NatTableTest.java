// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/nat.md} names tests that exist. */
class NatTableTest {

    private static final Path TABLE = Path.of("..", "docs", "nat.md");

    /** From here on the tests are those of {@code pktkit-interop}, which looks for them itself. */
    private static final String OTHERS = "## With Linux";

    /** Of another module, which this one knows nothing of. */
    private static final Path DNS64 =
            Path.of("..", "pktkit-dns", "src", "test", "java", "io", "pktkit", "dns", "server", "Dns64Test.java");

    private static final Pattern NAME = Pattern.compile("`(\\w+)\\.(should\\w+)`");
    private static final List<String> PACKAGES =
            List.of("", "engine.", "policy.", "internal.map.", "service.", "upnp.", "pcp.");

    @Test
    void shouldNameOnlyTestsThatExist() throws IOException {
        List<String> missing = new ArrayList<>();
        int named = 0;
        String table = Files.readString(TABLE);
        int others = table.indexOf(OTHERS);
        Matcher names = NAME.matcher(others < 0 ? table : table.substring(0, others));
        while (names.find()) {
            named++;
            if (!exists(names.group(1), names.group(2))) {
                missing.add(names.group());
            }
        }

        assertEquals(List.of(), missing);
        assertTrue(named > 80, "named=" + named);
    }

    private static boolean exists(String type, String method) throws IOException {
        if (type.equals("Dns64Test")) {
            return Files.readString(DNS64).contains("void " + method + "(");
        }
        return PACKAGES.stream()
                .flatMap(inner -> methodsOf("io.pktkit.nat." + inner + type))
                .anyMatch(method::equals);
    }

    /** The names of a class's methods; none if there is no such class. */
    private static Stream<String> methodsOf(String type) {
        try {
            return Arrays.stream(Class.forName(type).getDeclaredMethods()).map(method -> method.getName());
        } catch (ClassNotFoundException e) {
            return Stream.empty();
        }
    }
}
