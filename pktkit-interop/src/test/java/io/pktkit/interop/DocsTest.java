// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Snippets.Snippet;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * The Java of the README and of the pages in {@code docs} is compiled and run, and prints what the block of text after it
 * says, to the letter: so what a newcomer copies works, and does what was promised, and nothing besides.
 *
 * <p>The examples find what they speak of: a page server on port 8080 and a database server on port 5432 of the host, on ports
 * that are free here, as is port 51820, and {@code alice}, a host on a LAN from which both can be reached.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DocsTest {
    private static ExampleServers servers;
    private static Lan lan;
    private static LanHost alice;
    private static List<Snippet> snippets;

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        servers = new ExampleServers();
        lan = Lan.open(LanConfig.builder()
                .allowHost(servers.pages())
                .allowHost(servers.database())
                .build());
        alice = lan.addHost("alice");
        alice.awaitLease(Await.LIMIT);
        snippets = Snippets.of(
                Path.of(System.getProperty("pktkit.root")),
                text -> text.replace("8080", "" + servers.pages())
                        .replace("5432", "" + servers.database())
                        .replace("51820", "" + FreePorts.udp()));
        Snippets.compile(snippets, testClasses());
    }

    /** Where these tests are: a library that makes an example's class by its name looks beside itself. */
    private static Path testClasses() {
        try {
            return Path.of(DocsTest.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError("a location that is none", e);
        }
    }

    @AfterAll
    static void close() throws IOException {
        if (alice != null) {
            alice.close();
        }
        if (lan != null) {
            lan.close();
        }
        servers.close();
    }

    @TestFactory
    Stream<DynamicTest> shouldPrintWhatTheTextSays() {
        List<Snippet> programs = snippets.stream().filter(s -> !s.isType()).toList();
        assertFalse(programs.isEmpty(), "no Java in the documentation");
        return programs.stream()
                .map(program -> DynamicTest.dynamicTest(
                        program.where(),
                        () -> assertEquals(expected(program), output(program).strip())));
    }

    @Test
    void shouldHaveRunExamplesOfEachPage() {
        List<String> pages = snippets.stream().map(Snippet::page).distinct().toList();

        assertTrue(pages.containsAll(List.of("README.md", "libraries.md")), pages.toString());
    }

    private static String expected(Snippet program) {
        return assertNotNullText(program.prints(), program.where()).strip();
    }

    private static String assertNotNullText(String text, String where) {
        assertNotNull(text, where + ": no block of text follows that says what this prints");
        return text;
    }

    private static String output(Snippet program) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Class.forName(program.name()).getMethod("run", LanHost.class).invoke(null, alice);
        } catch (InvocationTargetException e) {
            throw new AssertionError(program.where() + " failed: " + e.getCause(), e.getCause());
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** The libraries' names stay inside: what resolves a name of the LAN is the LAN, and the host's own resolver is not asked. */
    @Test
    void shouldResolveForLibrariesInsideOnly() throws IOException {
        List<InetAddress> found = new ArrayList<>(List.of(alice.client().resolveAll("host.pktkit")));

        assertEquals(InetAddress.getByAddress("host.pktkit", new byte[] {10, 0, 2, 1}), found.get(0), "of " + found);
        assertEquals("host.pktkit", found.get(0).getHostName(), "as libraries need it for TLS");
        assertFalse(new InetSocketAddress(found.get(0), 80).isUnresolved());
    }
}
