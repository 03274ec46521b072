// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stranger that two calls let in at once, one of which gives up the link that both have. */
@Timeout(60)
class LateAcceptTest {

    private final VirtualNet net = new VirtualNet();
    private final WgPort port = net.port(net.config().timers(new Halting()).build(), "192.0.2.1");
    private final WgTenants tenants = port.addTenants(net.key(), this::connect);
    private final WgDevice client = net.port("192.0.2.10").addDevice(net.key());
    private final List<PeerRequest> requests = new ArrayList<>();
    private final List<L3Device> connected = new ArrayList<>();

    /** The other call, which halts when it has the link and looks at the clock. */
    private final FutureTask<@Nullable WgPeer> other =
            new FutureTask<>(() -> requests.get(1).accept(options("10.0.0.3/32")));

    private final Thread otherThread = new Thread(other);
    private final CountDownLatch halted = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);
    private boolean startsTheOther;
    private boolean otherHalts = true;
    private boolean refuses;

    private final class Halting implements Timers {
        @Override
        public long nowNanos() {
            if (otherHalts && Thread.currentThread() == otherThread) {
                halted.countDown();
                await(goesOn);
            }
            return net.time.nowNanos();
        }

        @Override
        public Alarm newAlarm(Runnable onFire) {
            return net.time.newAlarm(onFire);
        }

        @Override
        public Executor callbacks() {
            return net.time.callbacks();
        }
    }

    private Attachment<Packet> connect(L3Device device) throws IOException {
        if (startsTheOther) {
            startsTheOther = false;
            otherThread.start();
            awaitTheOther();
        }
        if (refuses) {
            throw new IOException("refused");
        }
        connected.add(device);
        device.done().thenRun(() -> connected.remove(device));
        return device.attach(packet -> {});
    }

    private void awaitTheOther() {
        if (otherHalts) {
            await(halted);
            return;
        }
        try {
            other.get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        goesOn.countDown();
        net.close();
    }

    private void knockTwice() throws IOException {
        tenants.peers().onRequest(requests::add);
        record(client);
        client.peers().add(tenants.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.run(Duration.ofSeconds(130)); // until the client has given up, and the first request is too old
        client.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.settle();
    }

    @Test
    void shouldLeaveAPeerThatWasAddedMeanwhile() throws Exception {
        knockTwice();
        startsTheOther = true;
        assertNull(requests.get(0).accept(options("10.0.0.3/32")), "too late, and so its link is given up");

        WgPeer added = tenants.peers().add(client.identity().publicKey(), options("10.0.0.3/32"));
        goesOn.countDown();

        assertSame(added, other.get());
        assertFalse(added.isRemoved());
        assertSame(added, tenants.peers().find(client.identity().publicKey()));
    }

    @Test
    void shouldLetInWhoseLinkTheOtherCallHasGivenUp() throws Exception {
        knockTwice();
        startsTheOther = true;
        assertNull(requests.get(0).accept(options("10.0.0.3/32")), "too late, and so its link is given up");

        goesOn.countDown();

        WgPeer accepted = Objects.requireNonNull(other.get());
        net.settle();
        assertSame(accepted, tenants.peers().find(client.identity().publicKey()));
        WgPeerDevice device = Objects.requireNonNull(tenants.device(accepted));
        assertEquals(List.of(device), connected, "and the one of the call that gave up is closed");
    }

    @Test
    void shouldNotLetInWhomTheConnectorRefusesBothCalls() throws Exception {
        knockTwice();
        startsTheOther = true;
        refuses = true;
        assertThrows(IOException.class, () -> requests.get(0).accept(options("10.0.0.3/32")));

        goesOn.countDown();

        Throwable refused = assertThrows(ExecutionException.class, other::get).getCause();
        assertInstanceOf(IOException.class, refused);
        assertNull(tenants.peers().find(client.identity().publicKey()));
        net.settle();
        assertEquals(List.of(), connected);
    }

    @Test
    void shouldNotKeepWhomTheOtherCallHasLetInBeforeTheConnectorRefuses() throws Exception {
        knockTwice();
        startsTheOther = true;
        otherHalts = false;
        refuses = true;
        assertThrows(IOException.class, () -> requests.get(0).accept(options("10.0.0.3/32")));

        assertTrue(Objects.requireNonNull(other.get()).isRemoved());
        assertNull(tenants.peers().find(client.identity().publicKey()));
    }

    @Test
    void shouldNotKeepWhoWasLetInBeforeTheConnectorRefusesToAddHim() throws Exception {
        knockTwice();
        startsTheOther = true;
        otherHalts = false;
        refuses = true;
        assertThrows(
                IOException.class, () -> tenants.peers().add(client.identity().publicKey(), options("10.0.0.3/32")));

        assertTrue(Objects.requireNonNull(other.get()).isRemoved());
        assertNull(tenants.peers().find(client.identity().publicKey()));
    }

    @Test
    void shouldKeepWhoWasAddedWhenTheConnectorRefusesToLetHimIn() throws Exception {
        knockTwice();
        startsTheOther = true;
        refuses = true;
        assertThrows(IOException.class, () -> requests.get(0).accept(options("10.0.0.3/32")));
        WgPeer added =
                tenants.identity().addPeer(client.identity().publicKey(), options("10.0.0.3/32"), net.time.nowNanos());

        goesOn.countDown();

        assertThrows(ExecutionException.class, other::get);
        assertSame(added, tenants.peers().find(client.identity().publicKey()));
    }
}
