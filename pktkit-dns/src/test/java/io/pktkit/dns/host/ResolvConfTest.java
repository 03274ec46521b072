// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is expected was read from {@code _res} of glibc 2.36 after {@code res_ninit} with the same file. */
class ResolvConfTest {
    @TempDir
    Path folder;

    private static ResolvConf parse(String text) {
        return ResolvConf.parse(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "nameserver 1.1.1.1~ | 1.1.1.1",
                "nameserver 1.1.1.1 | 1.1.1.1",
                "`nameserver 1.1.1.1~nameserver 2.2.2.2~ | 2.2.2.2",
                "nameserver^1.1.1.1^# x~nameserver 2.2.2.2#y~nameserver 3.3.3.3 ;z~ | 1.1.1.1 3.3.3.3",
                "; nameserver 9.9.9.9~#x~nameserver 10.1~nameserver 0x7f.1~nameserver 012.1.1.1~ | 10.0.0.1 127.0.0.1 10.1.1.1",
                "nameserver \u00e9~nameserver 1.1.1.1~ | 1.1.1.1",
                "search caf\u00e9~nameserver 1.1.1.1~ | 1.1.1.1",
                "nameserver fe80::1%7~nameserver fe80::1%nosuch~nameserver 2001:db8::1%lo~ | fe80::1%7 fe80::1 2001:db8::1",
                "nameserver 1.1.1.1~nameserver 1.1.1.1~nameserver 2.2.2.2~nameserver 3.3.3.3~ | 1.1.1.1 1.1.1.1 2.2.2.2",
                "NAMESERVER 1.1.1.1~nameserver: 1.1.1.1~nameserver=2.2.2.2~ | 127.0.0.1",
                "~ | 127.0.0.1",
                "nameserver ::ffff:1.2.3.4~nameserver 1.2.3.4.5~nameserver 1.2.3.256~ | ::ffff:1.2.3.4",
                "\u00ef\u00bb\u00bfnameserver 1.1.1.1~nameserver 2.2.2.2~ | 2.2.2.2",
                "nameserver  ~ nameserver 2.2.2.2~nameserver [::1]~nameserver 1.1.1.1:53~ | 127.0.0.1",
                "nameserver 1.1.1.1\u0000junk~nameserver 2.2.2.2~ | 1.1.1.1 2.2.2.2",
                "nameserver\u000b1.1.1.1~nameserver 2.2.2.2\u000b~ | 127.0.0.1",
                "nameserver 1.01.1.08~ | 127.0.0.1",
                "nameserver ::1~ | ::1"
            })
    void shouldReadServersAsGlibcDoes(String text, String expected) {
        ResolvConf conf = parse(text.replace('~', '\n').replace('^', '\t').replace('`', ' '));

        assertEquals(
                expected,
                String.join(
                        " ", conf.servers().stream().map(DnsServer::toString).toList()));
    }

    @Test
    void shouldTakeLinesThatEndInCrLf() {
        assertEquals(
                List.of(server("1.1.1.1"), server("2.2.2.2")),
                parse("nameserver 1.1.1.1\r\noptions timeout:3 rotate\r\nnameserver 2.2.2.2\r\n")
                        .servers());
    }

    @ParameterizedTest
    @CsvSource({
        "options timeout:99 attempts:9 ndots:99 rotate use-vc edns0, 30, 5, true, true",
        "options timeout:2~options attempts:3, 2, 3, false, false",
        "options debug timeout:3foo ROTATE no-tld-query, 3, 0, false, false",
        "options timeout:x attempts:-1, 0, 0, false, false",
        "optionstimeout:3, 0, 0, false, false"
    })
    void shouldReadOptions(String text, int timeout, int attempts, boolean rotate, boolean tcp) {
        ResolvConf conf = parse(text.replace('~', '\n'));

        assertEquals(new ResolvConf(List.of(server("127.0.0.1")), timeout, attempts, rotate, tcp), conf);
        DnsClientConfig config = conf.applyTo(DnsClientConfig.DEFAULT);
        assertEquals(timeout == 0 ? Duration.ofSeconds(1) : Duration.ofSeconds(timeout), config.tryTime());
        assertEquals(attempts == 0 ? 3 : attempts, config.rounds());
    }

    @Test
    void shouldTakeNoHarmFromAnyOctets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String[] pieces = {
            "nameserver", "options", " ", "\t", "\n", "\r", "timeout:", "attempts:", "1.", "::", "%", "0x", "9"
        };
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(30); j > 0; j--) {
                text.append(
                        random.nextInt(4) == 0 ? (char) random.nextInt(256) : pieces[random.nextInt(pieces.length)]);
            }
            ResolvConf conf = parse(text.toString());
            int size = conf.servers().size();
            assertEquals(true, size >= 1 && size <= 3, "seed=" + seed + " i=" + i);
            assertNotNull(conf.applyTo(DnsClientConfig.DEFAULT), "seed=" + seed + " i=" + i);
        }
    }

    private static DnsServer server(String address) {
        return DnsServer.of(IpAddress.parse(address));
    }

    @Test
    void shouldTellWhenTheFileChangesAndReadItElsewhere() throws IOException {
        ManualTime time = new ManualTime();
        Path file = folder.resolve("resolv.conf");
        List<List<DnsServer>> told = new ArrayList<>();
        try (ResolvConfWatcher watcher =
                new ResolvConfWatcher(file, Set.of(), time, conf -> told.add(conf.servers()))) {
            assertEquals(List.of(List.of()), told, "no file yet");

            Files.writeString(file, "nameserver 192.0.2.1\n");
            assertEquals(true, time.runNext());
            assertEquals(List.of(server("192.0.2.1")), told.get(1));
            time.advance(Duration.ofSeconds(20));
            assertEquals(2, told.size(), "told only of changes");

            Files.delete(file);
            Files.createSymbolicLink(file, Files.writeString(folder.resolve("other"), "nameserver 192.0.2.2\n"));
            time.advance(Duration.ofSeconds(2));
            assertEquals(List.of(server("192.0.2.2")), told.get(2));

            Files.delete(file);
            time.advance(Duration.ofSeconds(2));
            assertEquals(List.of(), told.get(3));
            assertNotNull(watcher);
        }
        assertEquals(0, time.pending());
    }

    @Test
    void shouldGoOnWatchingAfterWhoIsToldHasThrown() throws IOException {
        ManualTime time = new ManualTime();
        Path file = folder.resolve("resolv.conf");
        List<List<DnsServer>> told = new ArrayList<>();
        try (ResolvConfWatcher watcher = new ResolvConfWatcher(file, Set.of(), time, conf -> {
            told.add(conf.servers());
            if (told.size() == 2) {
                throw new IllegalStateException("not a real one");
            }
        })) {
            Files.writeString(file, "nameserver 192.0.2.1\n");
            time.advance(Duration.ofSeconds(2));
            Files.writeString(file, "nameserver 192.0.2.2\n");
            time.advance(Duration.ofSeconds(2));

            assertEquals(List.of(List.of(), List.of(server("192.0.2.1")), List.of(server("192.0.2.2"))), told);
            assertNotNull(watcher);
        }
    }

    @Test
    void shouldGoOnWatchingWhenThereWasNoThreadForOnce() throws IOException {
        LeanTime time = new LeanTime();
        Path file = folder.resolve("resolv.conf");
        List<List<DnsServer>> told = new ArrayList<>();
        try (ResolvConfWatcher watcher =
                new ResolvConfWatcher(file, Set.of(), time, conf -> told.add(conf.servers()))) {
            Files.writeString(file, "nameserver 192.0.2.1\n");
            time.lacking = true;
            time.clock.advance(Duration.ofSeconds(2));
            assertEquals(1, told.size(), "there was no thread");

            time.lacking = false;
            time.clock.advance(Duration.ofSeconds(2));

            assertEquals(List.of(List.of(), List.of(server("192.0.2.1"))), told);
            assertNotNull(watcher);
        }
    }

    /** A clock without threads, at times. */
    private static final class LeanTime implements Timers {
        final ManualTime clock = new ManualTime();
        boolean lacking;

        @Override
        public long nowNanos() {
            return clock.nowNanos();
        }

        @Override
        public Alarm newAlarm(Runnable onFire) {
            return clock.newAlarm(onFire);
        }

        @Override
        public Executor callbacks() {
            return task -> {
                if (lacking) {
                    throw new Error("unable to create native thread (not a real one)");
                }
                clock.callbacks().execute(task);
            };
        }
    }

    @Test
    void shouldNeverNameTheNetworkItself() throws IOException {
        Path file = folder.resolve("resolv.conf");
        Files.writeString(file, "nameserver 10.0.2.1\nnameserver 192.0.2.1\nnameserver ::ffff:10.0.2.1\n");
        List<List<DnsServer>> told = new ArrayList<>();
        ResolvConfWatcher watcher = new ResolvConfWatcher(
                file, Set.of(IpAddress.parse("10.0.2.1")), new ManualTime(), conf -> told.add(conf.servers()));
        watcher.close();

        assertEquals(List.of(List.of(server("192.0.2.1"))), told);
    }
}
