// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections end: refused, reset, in haste, and often. */
@NeedsPeer({"ip", "python3", "sysctl"})
@Timeout(300)
class CloseTest {
    private static final int SHORT_CONNECTIONS = 200;
    private static final int REUSES = 300;
    private static final int PORT = 7000;

    private VirtualClient client;
    private TunNetwork network;

    @BeforeEach
    void bringUp() throws IOException {
        client = new VirtualClient();
        network = new TunNetwork(1500, client);
    }

    @AfterEach
    void tearDown() {
        network.close();
    }

    private Socket dial(IpFamily family, LinuxPeer linux) throws IOException {
        return client.dial(TunNetwork.linux(family).toString(), linux.port());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellThatLinuxRefused(IpFamily family) {
        ConnectException refused = assertThrows(
                ConnectException.class,
                () -> client.dial(TunNetwork.linux(family).toString(), PORT));

        assertTrue(String.valueOf(refused.getMessage()).contains("refused"), refused.toString());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldRefuseLinux(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.connecting(family, PORT, "")) {
            assertEquals("ECONNREFUSED", linux.expect("error"));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellThatLinuxReset(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "recv:1000", "rst");
                Socket socket = dial(family, linux)) {
            socket.getOutputStream().write(new byte[1000]);
            linux.expect("received");

            SocketException reset = assertThrows(
                    SocketException.class, () -> socket.getInputStream().read());

            assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldResetLinuxWhenLingerIsZero(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "recv:1000", "eof")) {
            Socket socket = dial(family, linux);
            socket.getOutputStream().write(new byte[1000]);
            linux.expect("received");

            socket.setSoLinger(true, 0);
            socket.close();

            assertEquals("ECONNRESET", linux.expect("error"));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldResetLinuxWhenClosedWithUnreadInput(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "send:1000:1", "eof")) {
            Socket socket = dial(family, linux);
            linux.expect("sent");
            assertTrue(socket.getInputStream().read() >= 0);

            socket.close();

            assertEquals("ECONNRESET", linux.expect("error"));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellThatLinuxClosedWithUnreadInput(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "recv:1", "close");
                Socket socket = dial(family, linux)) {
            socket.getOutputStream().write(new byte[1000]);
            linux.expect("received");

            assertThrows(SocketException.class, () -> socket.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellLinuxThatNobodyReadsAnyMore(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "go", "send:4000000:1", "send:4000000:1")) {
            Socket socket = dial(family, linux);
            socket.close();
            linux.go();

            String error = linux.expect("error");

            assertTrue(error.equals("ECONNRESET") || error.equals("EPIPE"), error);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldDialManyShortConnections(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "times=" + SHORT_CONNECTIONS, "echo")) {
            int port = linux.port();
            for (int i = 0; i < SHORT_CONNECTIONS; i++) {
                try (Socket socket = client.dial(TunNetwork.linux(family).toString(), port)) {
                    socket.getOutputStream().write(i);
                    assertEquals(i, socket.getInputStream().read(), "connection " + i);
                    socket.shutdownOutput();
                    assertEquals(-1, socket.getInputStream().read(), "connection " + i);
                }
            }
            linux.expect("done");
        }
        assertEquals(0, client.usage().connections(), "connections that did not end");
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAcceptManyShortConnections(IpFamily family) throws IOException {
        try (VirtualServerSocket server = client.listen(PORT);
                LinuxPeer linux = network.connecting(
                        family, PORT, "times=" + SHORT_CONNECTIONS, "send:100:" + Streams.SEED, "shut", "eof")) {
            for (int i = 0; i < SHORT_CONNECTIONS; i++) {
                try (Socket socket = server.accept()) {
                    linux.expect("connected");
                    String request = Streams.receive(socket.getInputStream());
                    assertEquals("100 " + linux.expect("sent"), request, "connection " + i + " seed " + Streams.SEED);
                    String reply = Streams.send(socket.getOutputStream(), 100, i);
                    socket.shutdownOutput();
                    assertEquals("100 " + reply, linux.expect("received"), "connection " + i);
                }
            }
            linux.expect("done");
        }
    }

    /** Linux' end is in TIME-WAIT when our next SYN comes from the same port, hundreds of times. */
    @ParameterizedTest(name = "{0}, timestamps {1}")
    @CsvSource({"IPV4, 1", "IPV6, 1", "IPV4, 0"})
    void shouldReuseAPortThatWaitsAtLinux(IpFamily family, int timestamps) throws IOException {
        network.run("sysctl -w net.ipv4.tcp_timestamps=" + timestamps);
        try (LinuxPeer linux = network.listening(family, "times=" + REUSES, "send:10:1", "shut", "eof")) {
            int port = linux.port();
            for (int i = 0; i < REUSES; i++) {
                IpAddress local = TunNetwork.ours(family);
                try (Socket socket = client.socketFactory()
                        .createSocket(TunNetwork.linux(family).toInetAddress(), port, local.toInetAddress(), 6000)) {
                    assertTrue(Streams.receive(socket.getInputStream()).startsWith("10 "), "connection " + i);
                }
                linux.expect("sent");
                linux.expect("received");
                client.ping(TunNetwork.linux(family), TunNetwork.LIMIT); // the ACK of our FIN is ahead of the reply
            }
            linux.expect("done");
        }
    }

    /** Our end is in TIME-WAIT when the next SYN of Linux comes from the same port, hundreds of times. */
    @ParameterizedTest(name = "{0}, timestamps {1}")
    @CsvSource({"IPV4, 1", "IPV6, 1", "IPV4, 0"})
    void shouldLetLinuxReuseAPortThatWaitsHere(IpFamily family, int timestamps) throws IOException {
        network.run("sysctl -w net.ipv4.tcp_timestamps=" + timestamps);
        try (VirtualServerSocket server = client.listen(PORT);
                LinuxPeer linux = network.connecting(family, PORT, "bind=6000 times=" + REUSES, "eof")) {
            for (int i = 0; i < REUSES; i++) {
                try (Socket socket = server.accept()) {
                    linux.expect("connected");
                    socket.getOutputStream().write(i);
                    socket.shutdownOutput();
                    linux.expect("received");
                    assertEquals(-1, socket.getInputStream().read(), "connection " + i);
                }
            }
            linux.expect("done");
        }
        assertEquals(1, client.usage().timeWaiting(), "one tuple in TIME-WAIT, the others reused");
        // A SYN that TIME-WAIT answers with its old ACK makes Linux reset that, and try again: it works, but is no
        // reuse.
        String resets = network.run("awk '/^Tcp:/ {printf $15 \" \"}' /proc/net/snmp");
        assertEquals("OutRsts 0 ", resets, "resets that Linux sent");
    }
}
