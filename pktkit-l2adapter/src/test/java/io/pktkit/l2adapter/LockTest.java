// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever was done, the next thread finds the adapter's lock free. */
class LockTest {

    private static final long LIMIT_SECONDS = 60;

    private final TestNet net = new TestNet();

    static Stream<Named<Consumer<TestNet>>> uses() {
        return Stream.of(
                use("resolves", net -> net.emitTo(PEER4, 1)),
                use("uses", net -> {
                    net.arpRequest(PEER_MAC, PEER4, HOST4);
                    net.emitTo(PEER4, 1);
                }),
                use("finds no route", net -> net.emitTo(FAR6, 1)),
                use("hears", net -> net.arpRequest(PEER_MAC, PEER4, HOST4)),
                use("is answered", net -> net.arpReply(PEER_MAC, PEER4)),
                use(
                        "looks up who asks",
                        net -> net.injectIp(
                                PEER_MAC, MAC, TestNet.ndp(TestNet.NS, 0, PEER6, HOST6, HOST6, MacAddress.ZERO))),
                use("names a gateway", net -> net.adapter.setGateway(GATEWAY4)),
                use("forgets", net -> {
                    net.listen(frame -> {
                        var answer = new FakeDhcpServer().answer(frame);
                        if (answer != null) {
                            net.inject(answer);
                        }
                    });
                    net.adapter.startDhcp(
                            DhcpClientConfig.builder(MAC).arpProbe(false).build());
                    net.adapter.stopDhcp();
                }),
                use("tells its neighbours", net -> net.adapter.neighbors()),
                use("tells its counts", net -> net.adapter.neighborStats(IpFamily.IPV4)),
                use("tells what waits", net -> net.adapter.queuedBytes(IpFamily.IPV4)),
                use("does what is due", net -> {
                    net.emitTo(PEER4, 1);
                    net.advance(1);
                }),
                use("gives up", net -> {
                    net.emitTo(PEER4, 1);
                    net.advance(3);
                }),
                use("closes", net -> net.adapter.close()),
                use("is told to send once it is closed", net -> {
                    net.adapter.close();
                    net.emitTo(PEER4, 1);
                    net.arpRequest(PEER_MAC, PEER4, HOST4);
                }));
    }

    private static Named<Consumer<TestNet>> use(String name, Consumer<TestNet> use) {
        return Named.of(name, use);
    }

    @ParameterizedTest
    @MethodSource("uses")
    void shouldLeaveTheLockFree(Consumer<TestNet> use) throws InterruptedException {
        use.accept(net);

        CountDownLatch free = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            net.adapter.neighbors();
            free.countDown();
        });
        other.setDaemon(true);
        other.start();
        assertTrue(free.await(LIMIT_SECONDS, TimeUnit.SECONDS), "the lock is held");
    }
}
