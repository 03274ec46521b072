// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.engine.NatWorld;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real TCP through a NAT whose helper makes both streams longer and shorter, with loss and reordering on both sides. */
class ResizedStreamTest {

    private static final IpAddress SERVER = IpAddress.parse("198.51.100.7");
    private static final String PUBLIC_TEXT = NatWorld.PUBLIC.toString();
    private static final int LENGTH = 100_000;

    /** Makes {@code A} longer and {@code CD} shorter, wherever it can. */
    private static final class Resizer implements NatHelper {
        final AtomicInteger changes = new AtomicInteger();

        @Override
        public String name() {
            return "resizer";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return flow.servicePort() == 7777;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            for (int at = 0; at < payload.length(); at++) {
                if (payload.at(at) == 'A' && payload.replace(at, at + 1, new byte[] {'A', 'B', '1'})) {
                    at += 2;
                    changes.incrementAndGet();
                } else if (payload.at(at) == 'C' && at + 1 < payload.length()) {
                    changes.addAndGet(payload.replace(at, at + 2, new byte[] {'C'}) ? 1 : 0);
                }
            }
        }
    }

    /** Waits for whole lines, and then does the same in each. */
    private static final class LineResizer implements NatHelper {
        final AtomicInteger changes = new AtomicInteger();
        final AtomicInteger held = new AtomicInteger();

        @Override
        public String name() {
            return "line resizer";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return flow.servicePort() == 7777;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            int line = 0;
            for (int at = 0; at < payload.length(); at++) {
                if (payload.at(at) == '\n') {
                    int first = payload.at(line);
                    if (first == 'A' && payload.replace(line, line + 1, new byte[] {'A', 'B', '1'})) {
                        at += 2;
                        changes.incrementAndGet();
                    } else if (first == 'C' && payload.replace(line, line + 2, new byte[] {'C'})) {
                        at--;
                        changes.incrementAndGet();
                    }
                    line = at + 1;
                }
            }
            if (line < payload.length() && payload.hold(line)) {
                held.incrementAndGet();
            }
        }
    }

    private static byte[] lines(long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(LENGTH);
        while (text.length() < LENGTH) {
            int kind = random.nextInt(3);
            text.append(kind == 0 ? "A" : kind == 1 ? "CD" : "e");
            for (int rest = random.nextInt(random.nextInt(8) == 0 ? 6000 : 800); rest > 0; rest--) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            text.append('\n');
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] text(long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(LENGTH);
        while (text.length() < LENGTH) {
            int kind = random.nextInt(400);
            text.append(kind == 0 ? "A" : kind == 1 ? "CD" : String.valueOf((char) ('a' + random.nextInt(26))));
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What does not depend on which of them could be changed. */
    private static String plain(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1).replace("AB1", "A").replace("CD", "C");
    }

    private final ManualTime time = new ManualTime();
    /** Whoever has something to do; who is missing here is left behind by time. */
    private final List<Thread> workers = new CopyOnWriteArrayList<>();

    private <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "worker");
        thread.setDaemon(true);
        workers.add(thread);
        thread.start();
        return task;
    }

    /**
     * Time passes only while nobody has anything to do, as far as can be seen: who is to be woken and has not got a processor yet
     * looks idle, so on a busy machine hours may pass, and only the timeout of the test tells that the streams stand still.
     */
    private void pump(BooleanSupplier until) {
        long start = time.nowNanos();
        while (!until.getAsBoolean()) {
            assertFalse(
                    Thread.currentThread().isInterrupted(),
                    () -> "the streams stand still after " + Duration.ofNanos(time.nowNanos() - start));
            time.runCallbacks();
            boolean idle = true;
            for (Thread worker : workers) {
                Thread.State state = worker.getState();
                idle &= state == Thread.State.WAITING
                        || state == Thread.State.TIMED_WAITING
                        || state == Thread.State.TERMINATED;
            }
            if (idle && !until.getAsBoolean()) {
                time.advance(Duration.ofMillis(1));
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private byte[] exchange(Socket socket, byte[] text) throws IOException {
        Thread writer = new Thread(() -> {
            try {
                socket.getOutputStream().write(text);
                socket.shutdownOutput();
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
        });
        writer.setDaemon(true);
        workers.add(writer);
        writer.start();
        return socket.getInputStream().readAllBytes();
    }

    @Test
    @Timeout(180)
    void shouldKeepBothStreamsWhole() throws Exception {
        Resizer resizer = new Resizer();
        exchangeBoth(resizer, text(1), text(2));
        assertTrue(resizer.changes.get() > 300, "changes=" + resizer.changes);
    }

    @Test
    @Timeout(180)
    void shouldKeepBothStreamsWholeWhileItWaitsForTheRestOfMessages() throws Exception {
        LineResizer resizer = new LineResizer();
        exchangeBoth(resizer, lines(3), lines(4));
        assertTrue(resizer.changes.get() > 100, "changes=" + resizer.changes);
        assertTrue(resizer.held.get() > 100, "held=" + resizer.held);
    }

    @Test
    @Timeout(180)
    void shouldKeepMessagesOfSipWhole() throws Exception {
        String message =
                "MESSAGE sip:b@198.51.100.7 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:5999;branch=z\r\nCall-ID: c\r\n";
        String body =
                "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";
        StringBuilder sent = new StringBuilder();
        StringBuilder expected = new StringBuilder();
        Random random = new Random(9);
        while (sent.length() < LENGTH) {
            String more = body + "a=x-" + "y".repeat(random.nextInt(3000)) + "\r\n";
            String changed = more.replace("10.0.0.2", PUBLIC_TEXT);
            String head = message + "Content-Type: application/sdp\r\nContent-Length: ";
            sent.append(head).append(more.length()).append("\r\n\r\n").append(more);
            expected.append(head.replace("10.0.0.2", PUBLIC_TEXT));
            expected.append(changed.length()).append("\r\n\r\n").append(changed);
        }
        byte[] text = sent.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[][] got = exchangeAny(new SipHelper(Set.of(7777)), text, text);
        assertEquals(expected.toString(), new String(got[0], StandardCharsets.ISO_8859_1));
        assertEquals(sent.toString(), new String(got[1], StandardCharsets.ISO_8859_1), "another's address");
    }

    private void exchangeBoth(NatHelper resizer, byte[] one, byte[] two) throws Exception {
        byte[][] got = exchangeAny(resizer, one, two);
        assertEquals(plain(one), plain(got[0]));
        assertEquals(plain(two), plain(got[1]));
    }

    /** What arrives at the server and at the client. */
    private byte[][] exchangeAny(NatHelper resizer, byte[] one, byte[] two) throws Exception {
        Impairment bad =
                Impairment.none().loss(0.05).reorder(0.05, Duration.ofMillis(1)).seed(5);
        VirtualClientConfig config = VirtualClientConfig.DEFAULT.withTimers(time);
        try (Nat nat = new Nat(
                        NatConfig.builder(NatWorld.PUBLIC).helper(resizer).build(),
                        time,
                        IpPrefix.parse("10.0.0.1/24"));
                VirtualClient client = new VirtualClient(config);
                VirtualClient server = new VirtualClient(config)) {
            client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
            server.setPrefix(IpPrefix.of(SERVER, 24));
            ImpairedLink.on(nat.outside(server), bad, bad, time);
            ImpairedLink.on(nat.connect(client), bad, bad, time);
            try (ServerSocket listener = server.listen(7777)) {
                FutureTask<byte[]> atServer = start(() -> exchange(listener.accept(), two));
                FutureTask<byte[]> atClient =
                        start(() -> exchange(client.dial(SERVER.toString(), 7777, Duration.ofMinutes(5)), one));
                pump(() -> atServer.isDone() && atClient.isDone());

                return new byte[][] {atServer.get(), atClient.get()};
            }
        }
    }
}
