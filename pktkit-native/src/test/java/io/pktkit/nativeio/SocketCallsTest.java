// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The calls on sockets that both systems have. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketCallsTest {

    // of Linux
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_BINDTODEVICE = 25;
    private static final int FIONREAD = 0x541b;

    private static final int SOCKADDR_IN = 16;

    private DatagramChannel peer;
    private NativeFd socket;

    @BeforeEach
    void open() throws IOException {
        peer = DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        socket = NativeFd.socket(AF_INET, SOCK_DGRAM, 0);
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        peer.close();
    }

    private ByteBuffer addressOfPeer() throws IOException {
        int port = ((InetSocketAddress) peer.getLocalAddress()).getPort();
        return ByteBuffer.allocateDirect(SOCKADDR_IN + 4)
                .order(ByteOrder.nativeOrder())
                .putShort(0, (short) AF_INET)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort(2, (short) port)
                .putInt(4, 0x7f000001);
    }

    @Test
    void shouldConnectAndTellToWhom() throws IOException {
        ByteBuffer address = addressOfPeer();

        assertEquals(0, socket.connect(address.limit(SOCKADDR_IN)));

        ByteBuffer told = ByteBuffer.allocateDirect(SOCKADDR_IN + 4);
        assertEquals(SOCKADDR_IN, socket.peer(told));
        assertEquals(address, told.limit(SOCKADDR_IN));
    }

    @Test
    void shouldTellThatItIsNotConnected() {
        assertEquals("errno 107", Errno.name(-socket.peer(ByteBuffer.allocateDirect(20)))); // ENOTCONN
    }

    @Test
    void shouldReadAnOptionThatIsText() {
        ByteBuffer none = ByteBuffer.allocateDirect(20);
        assertEquals(0, socket.socketOption(SOL_SOCKET, SO_BINDTODEVICE, none), "it is bound to none");
    }

    @Test
    void shouldNotWaitOnceToldSo() throws IOException {
        assertEquals(0, socket.connect(addressOfPeer().limit(SOCKADDR_IN)));

        socket.setNonBlocking();

        assertEquals(-Errno.EAGAIN, socket.read(ByteBuffer.allocateDirect(8), 0, 8));
    }

    /** By a proxy, as where further arguments go another way than fixed ones. */
    @Test
    void shouldCallVariadicFunctions() throws IOException {
        ByteBuffer answer = ByteBuffer.allocateDirect(4);
        answer.putInt(0, -1);
        assertEquals(0, VariadicCalls.get().ioctl(socket.number(), FIONREAD, Posix.address(answer)));
        assertEquals(0, answer.getInt(0));

        assertEquals(-1, VariadicCalls.get().fcntl(-1, 1, 0));
        assertEquals(Errno.EBADF, Posix.errno());
    }

    @Test
    void shouldRefuseCallsOnceClosed() throws IOException {
        ByteBuffer address = addressOfPeer().limit(SOCKADDR_IN);
        socket.close();

        assertEquals(-Errno.EBADF, socket.connect(address));
        assertEquals(-Errno.EBADF, socket.peer(ByteBuffer.allocateDirect(20)));
        assertEquals(-Errno.EBADF, socket.socketOption(SOL_SOCKET, SO_BINDTODEVICE, ByteBuffer.allocateDirect(20)));
        assertThrows(NativeIoException.class, socket::setNonBlocking);
        assertTrue(socket.isClosed());
    }
}
