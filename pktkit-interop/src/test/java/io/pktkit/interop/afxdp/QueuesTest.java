// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An interface with two queues at each end: a socket and a thread for each. */
@NeedsPeer({"ip", "python3"})
@Timeout(400)
class QueuesTest {

    /** Numbered datagrams from 64 sockets. */
    private static final String FLOWS = """
        import socket, struct, sys
        outs = []
        for _ in range(64):
            out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            out.connect((sys.argv[1], 9))
            outs.append(out)
        number = 0
        while True:
            number += 1
            for out in outs:
                try:
                    out.send(struct.pack("!I", number))
                except OSError:
                    pass
        """;

    private static final int SENDERS = 8;
    private static final int FRAMES = 2_000;
    private static final int WINDOW = 50;

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
        wire.here("ip link del " + XdpWire.OURS);
        wire.make(2);
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    /** A thread for each, and what flows by one stays there, in order. */
    @Test
    void shouldReceiveByAllQueues() throws Exception {
        Map<Integer, String> threads = new ConcurrentHashMap<>();
        Map<Integer, Integer> numbers = new ConcurrentHashMap<>();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        CountDownLatch received = new CountDownLatch(20_000);
        // On a busy machine one thread may receive them all before the other runs.
        Set<String> receivers = ConcurrentHashMap.newKeySet();
        CountDownLatch both = new CountDownLatch(2);
        try (XdpWire.Load load = wire.load(FLOWS);
                AfXdp device = wire.open(XdpWire.config().build())) {
            assertEquals(List.of(0, 1), device.queues());
            device.attach(frame -> {
                var udp = frame.packet().udp();
                if (udp == null) {
                    return;
                }
                int flow = udp.sourcePort();
                int number = udp.buffer().getInt(udp.payloadOffset());
                String thread = Thread.currentThread().getName();
                if (receivers.add(thread)) {
                    both.countDown();
                }
                String before = threads.put(flow, thread);
                if (before != null && !before.equals(thread)) {
                    wrong.add("flow " + flow + " by " + before + " and " + thread);
                }
                Integer last = numbers.put(flow, number);
                if (last != null && last >= number) {
                    wrong.add("flow " + flow + " has " + number + " after " + last);
                }
                received.countDown();
            });
            assertTrue(received.await(LIMIT.toSeconds(), TimeUnit.SECONDS), load::toString);
            assertTrue(both.await(LIMIT.toSeconds(), TimeUnit.SECONDS), () -> "64 flows by " + receivers);
            assertEquals(Set.of("pktkit-here0-xdp0", "pktkit-here0-xdp1"), receivers);
            assertTrue(wrong.isEmpty(), wrong::toString);
        }
    }

    /**
     * Who sends does so by one queue, so that what it sent stays in order; veth hands what goes out by a queue to the same one
     * at the other end. The map of sockets, told to be smaller, is as large as the highest queue needs.
     */
    @Test
    void shouldSendInOrderByOneQueueForEachThread() throws Exception {
        Map<Integer, String> queues = new ConcurrentHashMap<>();
        Map<Integer, Integer> numbers = new ConcurrentHashMap<>();
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Semaphore> arrived = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            arrived.add(new Semaphore(0));
        }
        try (AfXdp ours = wire.open(XdpWire.config().build());
                AfXdp theirs = XdpWire.inside(
                        wire.there,
                        () -> AfXdp.open(XdpWire.config(XdpWire.THEIRS)
                                .program(CaptureConfig.builder().maxQueues(1).build())
                                .capture(IpPrefix.parse("10.97.0.60/32"))
                                .build()))) {
            theirs.attach(frame -> {
                if (frame.packet().protocol() != 253) {
                    return; // the kernel's own
                }
                int sender = frame.buffer().getInt(frame.packet().transportOffset());
                int number = frame.buffer().getInt(frame.packet().transportOffset() + 4);
                Integer last = numbers.put(sender, number);
                if (number != (last == null ? 0 : last + 1)) {
                    wrong.add("sender " + sender + " has " + number + " after " + last);
                }
                String queue = Thread.currentThread().getName();
                String before = queues.put(sender, queue);
                if (before != null && !before.equals(queue)) {
                    wrong.add("sender " + sender + " by " + before + " and " + queue);
                }
                arrived.get(sender).release();
            });
            List<FutureTask<String>> tasks = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                int sender = i;
                FutureTask<String> task = new FutureTask<>(() -> sendNumbers(ours, sender, arrived.get(sender)));
                tasks.add(task);
                new Thread(task, "sender " + i).start();
            }
            for (FutureTask<String> task : tasks) {
                assertEquals("sent", task.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            }
        }
        assertNull(wrong.peek(), wrong::toString);
        assertEquals(
                Set.of("pktkit-there0-xdp0", "pktkit-there0-xdp1"),
                new HashSet<>(queues.values()),
                "eight numbers of threads, almost in a row");
    }

    private static String sendNumbers(AfXdp device, int sender, Semaphore arrived) throws InterruptedException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(60);
        bytes.putLong(0, 0x0200_0000_0060_0200L).putInt(8, 0x0000_0050).putShort(12, (short) 0x0800);
        // An IPv4 packet of a protocol for experiments (RFC 3692), which no kernel answers.
        bytes.put(14, (byte) 0x45).putShort(16, (short) 46).put(22, (byte) 64).put(23, (byte) 253);
        bytes.putInt(26, 0x0a61_0001).putInt(30, 0x0a61_003c).putInt(34, sender);
        Frame frame = new Frame();
        for (int i = 0; i < FRAMES; i++) {
            bytes.putInt(38, i);
            if (!device.send(frame.wrap(bytes, 0, 60))) {
                return "dropped " + i;
            }
            if (i % WINDOW == WINDOW - 1 && !arrived.tryAcquire(WINDOW, LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                return "lost before " + i;
            }
        }
        return "sent";
    }
}
