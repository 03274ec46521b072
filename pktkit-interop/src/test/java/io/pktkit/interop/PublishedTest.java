// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is published is published as a whole: a module that is new is in every list, and each JAR carries the licence. */
class PublishedTest {
    private static final Path ROOT = Path.of(System.getProperty("pktkit.root"));
    private static final Pattern MODULE = Pattern.compile("<module>(pktkit-\\w+)</module>");
    private static final Pattern DEPENDENCY =
            Pattern.compile("<dependency>\\s*<groupId>io\\.pktkit</groupId>\\s*<artifactId>(pktkit-\\w+)</artifactId>");

    /** What is not a JAR for others: these are told apart by what their own POM says. */
    private static final Set<String> UNPUBLISHED = Set.of("pktkit-bench", "pktkit-interop");

    private static String read(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static Set<String> found(Pattern pattern, String text) {
        Set<String> names = new TreeSet<>();
        for (Matcher matcher = pattern.matcher(text); matcher.find(); ) {
            names.add(matcher.group(1));
        }
        return names;
    }

    private static Set<String> published() throws IOException {
        Set<String> modules = found(MODULE, read("pom.xml"));
        assertTrue(modules.size() > 10, modules.toString());
        modules.removeAll(UNPUBLISHED);
        modules.remove("pktkit-bom");
        return modules;
    }

    @Test
    void shouldKeepForItselfOnlyWhatIsNotForOthers() throws IOException {
        for (String module : found(MODULE, read("pom.xml"))) {
            String pom = read(module + "/pom.xml");

            assertEquals(UNPUBLISHED.contains(module), pom.contains("<maven.install.skip>true<"), module + " install");
            assertEquals(UNPUBLISHED.contains(module), pom.contains("<maven.deploy.skip>true<"), module + " deploy");
        }
    }

    @Test
    void shouldAlignEachModule() throws IOException {
        assertEquals(published(), found(DEPENDENCY, read("pktkit-bom/pom.xml")));
        assertTrue(found(DEPENDENCY, read("pom.xml")).containsAll(published()));
    }

    /** The command is a program, not a library. */
    @Test
    void shouldBringEachLibraryByOneDependency() throws IOException {
        Set<String> libraries = published();
        libraries.removeAll(Set.of("pktkit-all", "pktkit-cli"));

        assertEquals(libraries, found(DEPENDENCY, read("pktkit-all/pom.xml")));

        String descriptor = read("pktkit-all/src/main/java/module-info.java");
        for (String library : libraries) {
            String module = moduleName(library);
            // Its exports are for our own modules only, and these bring it.
            boolean named = descriptor.contains("requires transitive " + module + ";");
            assertEquals(!library.equals("pktkit-native"), named, module);
        }
    }

    @Test
    void shouldUseEachModuleAsAConsumer() throws IOException {
        Set<String> used = new TreeSet<>();
        for (String folder : found(Pattern.compile("<module>(\\w+)</module>"), read("consumer/pom.xml"))) {
            assertTrue(Files.exists(ROOT.resolve("consumer/" + folder + "/src/main/java/module-info.java")), folder);
            used.addAll(found(DEPENDENCY, read("consumer/" + folder + "/pom.xml")));
        }

        assertEquals(published(), used);
    }

    @Test
    void shouldBeInTheTableOfModules() throws IOException {
        for (String module : published()) {
            assertTrue(read("docs/architecture.md").contains("`" + module + "`"), "docs/architecture.md: " + module);
            assertTrue(read("README.md").contains("| `" + module + "` |"), "README.md: " + module);
        }
    }

    @Test
    void shouldCarryTheLicenceInEachJar() throws IOException {
        List<Path> jars;
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("pktkit.dist")))) {
            jars = files.filter(file -> file.getFileName().toString().startsWith("pktkit-"))
                    .toList();
        }
        assertFalse(jars.isEmpty());

        for (Path jar : jars) {
            try (JarFile file = new JarFile(jar.toFile())) {
                assertTrue(file.getEntry("META-INF/LICENSE") != null, "no licence in " + jar);
            }
        }
    }

    private static String moduleName(String artifact) throws IOException {
        String descriptor = read(artifact + "/src/main/java/module-info.java");
        return found(Pattern.compile("^module ([\\w.]+) \\{", Pattern.MULTILINE), descriptor)
                .iterator()
                .next();
    }
}
