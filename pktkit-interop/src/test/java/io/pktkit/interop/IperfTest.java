// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** iperf3 of a Linux guest on {@code pktkit up} with iperf3 of the host: many streams at once, and both ways at once. */
@NeedsPeer({"ip", "iperf3", "python3"})
@Timeout(300)
class IperfTest {
    private static final String GATEWAY = "10.0.2.1";

    /** Bytes of all streams of one direction together: a number and not a time, which would mean less on a busy machine. */
    private static final long BYTES = 64 << 20;

    private static final long LEAST = 1 << 16;

    /** Of what one way carries, the other carries such a part at least while both are in use. */
    private static final int FAIR_PART = 16;

    /** Says for each stream whether the guest sent it, and how many bytes were sent and received. */
    private static final String STREAMS = "import json, sys; report = json.load(sys.stdin); "
            + "sys.exit(report[\"error\"]) if \"error\" in report else [print(s[\"sender\"][\"sender\"], "
            + "s[\"sender\"][\"bytes\"], s[\"receiver\"][\"bytes\"]) for s in report[\"end\"][\"streams\"]]";

    /** Once at its start and once after each test that it served: until then it is busy and refuses clients. */
    private static final Semaphore LISTENING = new Semaphore(0);

    private static int port;
    private static Process server;
    private static Guest guest;

    private record Moved(boolean up, long sent, long received) {
        static Moved parse(String line) {
            String[] words = line.split(" ", 3);
            return new Moved(words[0].equals("True"), Long.parseLong(words[1]), Long.parseLong(words[2]));
        }
    }

    @BeforeAll
    static void bringUp() throws IOException, InterruptedException {
        port = FreePorts.tcp();
        server = new ProcessBuilder("iperf3", "-s", "-B", "127.0.0.1", "-p", "" + port, "--forceflush")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        // However long the tests take, and also if this process is ended.
        Runtime.getRuntime().addShutdownHook(new Thread(server::destroyForcibly));
        readServer();
        guest = new Guest("--allow-host", Integer.toString(port));
        guest.shell("ip addr add 10.0.2.100/24 dev " + guest.tap + " && ip link set " + guest.tap + " up")
                .expectSuccess();
    }

    /** Reads what the server prints, so that its reports do not fill the pipe, and counts when it listens. */
    private static void readServer() {
        Thread reader = new Thread(
                () -> server.inputReader()
                        .lines()
                        .filter(line -> line.startsWith("Server listening"))
                        .forEach(line -> LISTENING.release()),
                "iperf3-output");
        reader.setDaemon(true);
        reader.start();
    }

    @AfterAll
    static void tearDown() throws IOException {
        if (guest != null) {
            guest.close();
        }
        if (server != null) {
            Commands.kill(server);
        }
    }

    private static long received(List<Moved> streams, boolean up) {
        return streams.stream()
                .filter(stream -> stream.up() == up)
                .mapToLong(Moved::received)
                .sum();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"-P 8, 8, 0", "-P 8 -R, 0, 8", "--bidir, 1, 1", "-P 4 --bidir, 4, 4"})
    void shouldCarryEveryStream(String options, int up, int down) throws InterruptedException {
        assertTrue(LISTENING.tryAcquire(Await.LIMIT.toSeconds(), TimeUnit.SECONDS), "the server does not listen");

        String report = guest.shell("iperf3 -c " + GATEWAY + " -p " + port + " -n " + BYTES + " -J " + options
                        + " | python3 -c '" + STREAMS + "'")
                .expectSuccess()
                .output();

        List<Moved> streams = report.lines().map(Moved::parse).toList();

        assertEquals(up, streams.stream().filter(Moved::up).count(), report);
        assertEquals(down, streams.stream().filter(stream -> !stream.up()).count(), report);
        assertTrue(streams.stream().mapToLong(Moved::sent).sum() >= BYTES, report);
        if (up > 0 && down > 0) {
            long sent = received(streams, true);
            long got = received(streams, false);
            assertTrue(Math.min(sent, got) >= Math.max(sent, got) / FAIR_PART, "one way starved: " + report);
        }
        assertAll(streams.stream()
                .flatMap(stream -> Stream.<Executable>of(
                        () -> assertTrue(stream.received() >= LEAST, "starved: " + report),
                        () -> assertTrue(stream.received() <= stream.sent(), "more than was sent: " + report))));
    }
}
