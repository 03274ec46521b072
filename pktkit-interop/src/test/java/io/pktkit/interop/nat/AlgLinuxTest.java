// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each call once through the helpers of the kernel's NAT and once through ours: both ends must see the same. */
@NeedsPeer({"ip", "nft", "ss", "sh"})
@Timeout(400)
class AlgLinuxTest {

    private static final String SERVER = "198.51.100.7";
    private static final String HOST = "10.0.0.2";
    private static final String PUBLIC = "203.0.113.1";

    @TempDir
    Path folder;

    /** What sipp numbers by its process. */
    private static final Pattern OWN = Pattern.compile("(?<=z9hG4bK-)\\d+|\\d+(?=SIPpTag)|(?<=Call-ID: 1-)\\d+");

    private static final Pattern RECEIVED =
            Pattern.compile("message received \\[\\d+\\] bytes :\\s+(.*?)(?=-{20}|\\z)", Pattern.DOTALL);

    /** The messages that an end of a call received, each once: by UDP they are said again where an answer is late. */
    private static String received(Path trace) throws IOException {
        String text = Files.readString(trace, StandardCharsets.ISO_8859_1);
        Set<String> messages = new LinkedHashSet<>();
        for (Matcher each = RECEIVED.matcher(text); each.find(); ) {
            messages.add(OWN.matcher(each.group(1).strip()).replaceAll("#"));
        }
        return String.join("\n\n", messages);
    }

    /** A call of sipp's own scenarios: what the callee received, then the caller. */
    private List<String> call(Helped between, String transport, boolean outward) throws IOException {
        String callee = outward ? SERVER : HOST;
        String caller = outward ? HOST : SERVER;
        String called = outward ? SERVER : PUBLIC;
        Path heard = Files.createTempFile(folder, "uas", ".txt");
        Path answered = Files.createTempFile(folder, "uac", ".txt");
        String common = " -t " + transport + " -p 5060 -nostdin -m 1 -timeout 80 -trace_msg -message_file ";
        between.start(outward ? between.server() : between.client(), "sipp -sn uas -i " + callee + common + heard);
        Helped.awaitPort(outward ? between.server() : between.client(), 5060);
        Helped.run(
                outward ? between.client() : between.server(),
                "sipp -sn uac " + called + ":5060 -i " + caller + common + answered);
        return List.of(received(heard), received(answered));
    }

    @ParameterizedTest
    @ValueSource(strings = {"u1", "t1"})
    @NeedsPeer("sipp")
    void shouldTranslateSipAsTheKernelDoes(String transport) throws IOException {
        List<String> kernel;
        List<String> ours;
        try (Helped between = Helped.kernel(folder)) {
            kernel = call(between, transport, true);
        }
        try (Helped between = Helped.ours(folder)) {
            ours = call(between, transport, true);
        }
        assertTrue(ours.get(0).contains("c=IN IP4 " + PUBLIC), ours.get(0));
        assertTrue(ours.get(1).contains("200 OK"), ours.get(1));
        assertEquals(kernel, ours);
    }

    @ParameterizedTest
    @ValueSource(strings = {"u1", "t1"})
    @NeedsPeer("sipp")
    void shouldTranslateSipOfAServerInsideAsTheKernelDoes(String transport) throws IOException {
        List<String> kernel;
        List<String> ours;
        try (Helped between = Helped.kernel(folder)) {
            kernel = call(between, transport, false);
        }
        try (Helped between = Helped.ours(folder)) {
            ours = call(between, transport, false);
        }
        assertTrue(ours.get(0).contains("INVITE sip:service@" + HOST + ":5060 SIP/2.0"), ours.get(0));
        assertTrue(ours.get(1).contains("c=IN IP4 " + PUBLIC), ours.get(1));
        assertEquals(kernel, ours);
    }

    private static Map<String, String> messages() throws IOException {
        Map<String, String> messages = new HashMap<>();
        Path file = Path.of("../pktkit-nat/src/test/resources/io/pktkit/nat/engine/h323-messages.txt");
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#")) {
                String[] words = line.split(" ", 2);
                messages.put(words[0], words[1]);
            }
        }
        return messages;
    }

    /** Two ends that say and hear messages by a script; what the server heard, then the client. */
    private List<String> speak(Helped between, int port, List<String> server, List<String> client) throws IOException {
        Path serverScript = Files.write(folder.resolve("server.txt"), server);
        Path clientScript = Files.write(folder.resolve("client.txt"), client);
        Path heard = between.start(between.server(), "python3 " + Helped.script() + " " + serverScript);
        Helped.awaitPort(between.server(), port);
        Commands.Result answered = Helped.run(between.client(), "python3 " + Helped.script() + " " + clientScript);
        between.awaitEnd();
        return List.of(
                Files.readString(heard).replace("ready\n", ""),
                answered.output().replace("ready\n", ""));
    }

    private static String say(Map<String, String> messages, String name) {
        return "send " + Objects.requireNonNull(messages.get(name), name);
    }

    private static String hear(Map<String, String> messages, String name) {
        return "receive " + Objects.requireNonNull(messages.get(name), name).length() / 2;
    }

    @Test
    @NeedsPeer("python3")
    void shouldTranslateCallsOfH323AsTheKernelDoes() throws IOException {
        Map<String, String> messages = messages();
        List<String> server = new ArrayList<>(List.of("listen 42000", "listen 1720", "accept 1720"));
        List<String> client = new ArrayList<>(List.of("connect 40000 " + SERVER + " 1720"));
        client.add(say(messages, "setup"));
        server.add(hear(messages, "setup"));
        for (String name : new String[] {"proceeding", "connect-in"}) {
            server.add(say(messages, name));
            client.add(hear(messages, name));
        }
        server.add("accept 42000");
        client.add("connect 40010 " + SERVER + " 42000");
        for (String name : new String[] {"msd", "olc", "olc-video", "olc-ack", "olc-t120", "clc"}) {
            client.add(say(messages, name));
            server.add(hear(messages, name));
        }
        server.add(say(messages, "olc-in"));
        client.add(hear(messages, "olc-in"));
        List<String> kernel;
        List<String> ours;
        try (Helped between = Helped.kernel(folder)) {
            kernel = speak(between, 1720, server, client);
        }
        try (Helped between = Helped.ours(folder)) {
            ours = speak(between, 1720, server, client);
        }
        assertTrue(ours.get(0).contains("cb0071011388"), ours.get(0)); // 203.0.113.1:5000
        assertEquals(kernel, ours);
    }

    @Test
    @NeedsPeer("python3")
    void shouldTranslateRegistrationsOfH323AsTheKernelDoes() throws IOException {
        Map<String, String> messages = messages();
        List<String> server = new ArrayList<>(List.of("udp 1719"));
        List<String> client = new ArrayList<>(List.of("udp 40001 " + SERVER + " 1719"));
        for (String[] pair : new String[][] {{"grq", "gcf"}, {"rrq", "rcf"}, {"arq", "acf"}, {"urq", "gcf"}}) {
            client.add(say(messages, pair[0]));
            server.add(hear(messages, pair[0]));
            server.add(say(messages, pair[1]));
            client.add(hear(messages, pair[1]));
        }
        List<String> kernel;
        List<String> ours;
        try (Helped between = Helped.kernel(folder)) {
            kernel = speak(between, 1719, server, client);
        }
        try (Helped between = Helped.ours(folder)) {
            ours = speak(between, 1719, server, client);
        }
        assertTrue(ours.get(0).contains("cb00710106b8"), ours.get(0)); // 203.0.113.1:1720
        assertEquals(kernel, ours);
    }
}
