// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.link.Links;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.IpPrefix;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** TCP from end to end over two tunnels, in virtual time. */
@Timeout(300)
class TransferTest {

    private final VirtualNet net = new VirtualNet();

    /** Hosts that do not know the MTU of the tunnel, and both families. */
    @Test
    void shouldCarryAStreamByteForByteThroughLossAndDisorder() throws Exception {
        Random random = new Random(42);
        net.network.setLink(
                (path, length) -> random.nextInt(25) == 0 ? -1 : 5_000_000 + (random.nextInt(10) == 0 ? 3_000_000 : 0));
        WgDevice here = net.port("192.0.2.10").addDevice(net.key());
        WgDevice there = net.port("192.0.2.1").addDevice(net.key());
        here.peers()
                .add(there.identity().publicKey(), options("0.0.0.0/0", "::/0").endpoint(at("192.0.2.1")));
        there.peers().add(here.identity().publicKey(), options("10.0.0.2/32", "fd00::2/128"));
        VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(net.time));
        VirtualClient server = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(net.time));
        client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        client.setPrefix(IpPrefix.parse("fd00::2/64"));
        server.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        server.setPrefix(IpPrefix.parse("fd00::1/64"));
        Links.connect(here, client);
        Links.connect(there, server);

        for (String address : List.of("10.0.0.1", "fd00::1")) {
            byte[] sent = new byte[400_000];
            random.nextBytes(sent);
            VirtualServerSocket listener = server.listen(80);
            FutureTask<byte[]> reading = start(() -> {
                try (Socket socket = listener.accept()) {
                    byte[] all = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write(all);
                    return all;
                }
            });
            FutureTask<byte[]> writing = start(() -> {
                try (Socket socket = client.dial(address, 80, Duration.ofMinutes(5))) {
                    socket.getOutputStream().write(sent);
                    socket.shutdownOutput();
                    return socket.getInputStream().readAllBytes();
                }
            });
            pump(() -> reading.isDone() && writing.isDone());
            assertArrayEquals(sent, reading.get());
            assertArrayEquals(sent, writing.get());
            listener.close();
        }
        client.close();
        server.close();
        net.close();
    }

    private final List<Thread> workers = new ArrayList<>();

    private <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "worker");
        thread.setDaemon(true);
        workers.add(thread);
        thread.start();
        return task;
    }

    /** Time passes only while nobody has anything to do. */
    private void pump(BooleanSupplier until) {
        while (!until.getAsBoolean()) {
            net.settle();
            boolean idle = true;
            for (Thread worker : workers) {
                Thread.State state = worker.getState();
                idle &= state == Thread.State.WAITING
                        || state == Thread.State.TIMED_WAITING
                        || state == Thread.State.TERMINATED;
            }
            if (idle && !until.getAsBoolean()) {
                net.run(Duration.ofMillis(1));
            } else {
                LockSupport.parkNanos(100_000);
            }
        }
    }
}
