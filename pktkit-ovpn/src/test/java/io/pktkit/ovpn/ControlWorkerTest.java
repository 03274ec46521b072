// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.internal.session.TestCerts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ControlWorkerTest {

    private final ServerCore core = core();
    private final ControlWorker worker = core.worker();

    private static ServerCore core() {
        TestCerts.Holder own = TestCerts.server();
        OvpnServerConfig config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .build();
        return new ServerCore(config, (core, link, settings) -> {
            throw new AssertionError("nobody comes in");
        });
    }

    /** What ends the sessions then has them for itself. */
    @Test
    void shouldNotBeClosedInTheMiddleOfSomething() throws InterruptedException {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        worker.post(() -> {
            begun.countDown();
            awaitQuietly(goOn);
            done.add("task");
        });
        worker.post(() -> done.add("dropped"));
        Thread control = new Thread(worker);
        control.start();
        begun.await();
        Thread closing = new Thread(() -> {
            worker.close();
            done.add("closed");
        });
        closing.start();
        while (closing.getState() != Thread.State.WAITING && closing.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        closing.join();
        control.join();
        assertEquals(List.of("task", "closed"), done);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** User code on the control thread may close the server. */
    @Test
    void shouldNotWaitForItself() {
        worker.post(worker::close);
        worker.post(() -> {
            throw new AssertionError("dropped");
        });
        worker.runWaiting();
        assertTrue(worker.isIdle());
        assertFalse(worker.offer(() -> {}, false));
        assertEquals(0, core.failures());
    }
}
