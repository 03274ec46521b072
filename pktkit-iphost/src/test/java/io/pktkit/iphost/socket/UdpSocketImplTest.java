// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.time.ManualTime;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A close that meets what is being opened. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UdpSocketImplTest {
    private static final IpAddress GROUP = IpAddress.parse("239.1.2.3");
    private static final InetSocketAddress JOINED = new InetSocketAddress(GROUP.toInetAddress(), 0);

    private final HostAddresses addresses = new HostAddresses();
    private final HostShell shell = new HostShell(
            new ManualTime(),
            IpHostConfig.of(TcpHostConfig.of(TcpConfig.builder().build())),
            addresses,
            packet -> {},
            reason -> {});
    private final UdpSocketImpl socket = new UdpSocketImpl(shell);

    @BeforeEach
    void setAddress() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    @Test
    void shouldKeepNoPortWhenItIsClosedWhileItIsBound() throws Exception {
        FutureTask<SocketException> binding = new FutureTask<>(() -> assertThrows(
                SocketException.class, () -> socket.bind(0, InetAddress.getByAddress(new byte[] {0, 0, 0, 0}))));
        Thread binder = new Thread(binding);
        shell.enter();
        try {
            binder.start();
            while (binder.getState() != Thread.State.WAITING) { // for the lock
                Thread.onSpinWait();
            }
            socket.close();
        } finally {
            shell.leave();
        }

        assertEquals("socket closed", binding.get().getMessage());
        assertEquals(0, shell.get(() -> shell.host().udp().size()));
    }

    @Test
    void shouldNotBecomeAMemberOfAGroupWhenItIsClosed() {
        socket.close();

        assertThrows(SocketException.class, () -> socket.joinGroup(JOINED, null));

        assertEquals(Set.of(), addresses.groups());
    }

    @Test
    void shouldNotStayAMemberOfAGroupWhenItIsClosedWhileItJoins() {
        addresses.setGroupListener(socket::close);

        assertThrows(SocketException.class, () -> socket.joinGroup(JOINED, null));

        assertEquals(Set.of(), addresses.groups());
    }

    @Test
    void shouldLeaveItsGroupsWhenItIsClosed() throws Exception {
        socket.joinGroup(JOINED, null);
        assertThrows(SocketException.class, () -> socket.joinGroup(JOINED, null));
        assertEquals(Set.of(GROUP), addresses.groups());

        socket.close();

        assertEquals(Set.of(), addresses.groups());
    }
}
