// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where and until when observers of leases are called. */
@Timeout(60)
class LeaseDeliveryTest {
    @Test
    void shouldTellOnThePathBeforeTheReplyLeaves() {
        List<String> order = new ArrayList<>();
        ServerBench ordered = new ServerBench(b -> b.pathObserver((lease, event) -> order.add("told")));
        ordered.listen(frame -> order.add("sent"));
        ordered.discover(1);
        ordered.select(1, address(10));

        assertEquals(List.of("sent", "told", "sent"), order);
    }

    @Test
    void shouldCallAnObserverNeitherOnThePathNorOnTheTimer() {
        List<String> heard = new ArrayList<>();
        ServerBench observed =
                new ServerBench(b -> b.observer((lease, event) -> heard.add(event + " " + lease.address()))
                        .observer((lease, event) -> heard.add("again")));
        observed.lease(1);
        assertEquals(List.of(), heard);

        observed.time.runCallbacks();
        assertEquals(List.of("GRANTED 10.0.2.10", "again"), heard);
        observed.advance(119);
        observed.server.close();
        observed.advance(10);

        assertEquals(2, heard.size(), "nothing after close");
    }

    @Test
    void shouldContainWhatAnObserverThrows() {
        List<String> heard = new ArrayList<>();
        ServerBench observed = new ServerBench(b -> b.pathObserver((lease, event) -> {
                    throw new IllegalStateException("expected by the test");
                })
                .pathObserver((lease, event) -> heard.add("path"))
                .observer((lease, event) -> {
                    throw new IllegalStateException("expected by the test");
                })
                .observer((lease, event) -> heard.add("mailbox")));

        assertEquals(address(10), observed.lease(1));
        observed.time.runCallbacks();

        assertEquals(List.of("path", "mailbox"), heard);
    }

    @Test
    void shouldTellNoPathObserverAfterClose() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        List<String> heard = new ArrayList<>();
        ServerBench observed = new ServerBench(b -> b.pathObserver((lease, event) -> {
            inside.countDown();
            await(leave);
            heard.add(event + " " + lease.address());
        }));
        Thread blocked = new Thread(() -> observed.lease(1));
        blocked.start();
        inside.await();
        observed.server.send(ServerBench.frame(
                Lan.mac(2),
                MacAddress.BROADCAST,
                ServerBench.message(2, DhcpOptions.REQUEST, w -> w.ciaddr(address(12)))));
        AtomicReference<List<String>> atClose = new AtomicReference<>();
        Thread closer = new Thread(() -> {
            observed.server.close();
            atClose.set(List.copyOf(heard));
        });

        closer.start();
        leave.countDown();
        closer.join();
        blocked.join();

        assertEquals(List.of("GRANTED 10.0.2.10", "GRANTED 10.0.2.12"), atClose.get(), "all that was granted is told");
        assertEquals(2, heard.size());
    }

    @Test
    void shouldGrantNothingWhileNothingMoreCanBeTold() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        List<String> heard = new ArrayList<>();
        ServerBench wide = new ServerBench(b -> b.range(IpAddress.ofIpv4(address(10)), IpAddress.ofIpv4(address(200)))
                .pathObserver((lease, event) -> {
                    if (heard.isEmpty()) {
                        inside.countDown();
                        await(leave);
                    }
                    heard.add(event.name());
                }));
        Thread blocked = new Thread(() -> wide.lease(1));
        blocked.start();
        inside.await();
        for (int i = 0; i < 2000; i++) {
            byte[] renewal = ServerBench.message(2, DhcpOptions.REQUEST, w -> w.ciaddr(address(12)));
            wide.server.send(ServerBench.frame(Lan.mac(2), MacAddress.BROADCAST, renewal));
        }
        long refused = wide.server.stats().dropped(DropReason.QUEUE_FULL);
        leave.countDown();
        blocked.join();

        assertTrue(refused > 1000, "refused=" + refused);
        assertEquals(1 + 2000 - refused, heard.size(), "each that was served was told");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
