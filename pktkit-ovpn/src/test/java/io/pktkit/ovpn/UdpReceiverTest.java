// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class UdpReceiverTest {

    private final ServerCore core = core();
    private int received;

    private static ServerCore core() {
        TestCerts.Holder own = TestCerts.server();
        OvpnServerConfig config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .build();
        return new ServerCore(config, (core, link, settings) -> {
            throw new AssertionError("nobody comes in");
        });
    }

    /** An endpoint that does what it is told to, then always the same; who receives is not kept waiting between. */
    private DatagramEndpoint endpoint(Queue<Object> results, Object always) {
        return (DatagramEndpoint) Proxy.newProxyInstance(
                DatagramEndpoint.class.getClassLoader(),
                new Class<?>[] {DatagramEndpoint.class},
                (proxy, method, args) -> {
                    if (!method.getName().equals("receive")) {
                        return false;
                    }
                    received++;
                    Object result = results.isEmpty() ? always : results.remove();
                    if (result instanceof Throwable failure) {
                        LockSupport.unpark(Thread.currentThread());
                        throw failure;
                    }
                    return result;
                });
    }

    @Test
    void shouldGoOnAfterFailures() {
        Queue<Object> results = new ArrayDeque<>(
                List.of(new IOException("on purpose"), 1, new IllegalStateException("on purpose"), new Error("too")));
        new UdpReceiver(core, endpoint(results, DatagramEndpoint.CLOSED)).run();
        assertEquals(5, received);
        assertEquals(3, core.failures());
    }

    @Test
    void shouldGiveUpASocketThatIsBroken() {
        new UdpReceiver(core, endpoint(new ArrayDeque<>(), new IOException("on purpose"))).run();
        assertEquals(64, received, "a second between them");
        assertEquals(64, core.failures());
    }

    @Test
    void shouldEndAtOnceWhenItIsClosed() {
        VirtualServer rig = new VirtualServer();
        rig.close();
        DatagramEndpoint closed = rig.endpoint(IpAddress.parse("192.0.2.10"), 4000);
        closed.close();
        new UdpReceiver(core, closed).run();
        assertTrue(closed.isClosed());
        assertEquals(0, core.failures());
    }
}
