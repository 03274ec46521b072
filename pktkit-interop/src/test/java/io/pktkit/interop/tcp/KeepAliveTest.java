// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Idle connections that one end probes. */
@NeedsPeer({"ip", "python3", "sysctl"})
@Timeout(300)
class KeepAliveTest {
    private static VirtualClient probing() {
        TcpConfig config = TcpConfig.builder()
                .keepAlive(Duration.ofMillis(100), Duration.ofMillis(500), 2)
                .build();
        return new VirtualClient(VirtualClientConfig.DEFAULT.withTcp(config));
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldStayUpWhileLinuxAnswersOurProbes(IpFamily family) throws IOException {
        try (VirtualClient client = probing();
                TunNetwork network = new TunNetwork(1500, client)) {
            network.run("sysctl -w net.ipv4.tcp_invalid_ratelimit=0"); // or every second answer is left out
            try (LinuxPeer linux = network.listening(family, "", "await:InSegs:+10", "echo");
                    Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
                linux.expect("counted");

                socket.getOutputStream().write(7);

                assertEquals(7, socket.getInputStream().read());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldGiveUpWhenLinuxIsGone(IpFamily family) throws IOException {
        try (VirtualClient client = probing();
                TunNetwork network = new TunNetwork(1500, client);
                LinuxPeer linux = network.listening(family, "", "go");
                Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
            linux.expect("waiting");
            network.run("ip link set $(ls /sys/class/net | grep ^tn) down");

            SocketException gone = assertThrows(
                    SocketException.class, () -> socket.getInputStream().read());

            assertTrue(String.valueOf(gone.getMessage()).contains("timed out"), gone.toString());
        }
    }

    /** One unanswered probe would end the connection. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAnswerTheProbesOfLinux(IpFamily family) throws IOException {
        try (VirtualClient client = new VirtualClient();
                TunNetwork network = new TunNetwork(1500, client);
                LinuxPeer linux = network.listening(family, "keepalive=1", "await:TCPKeepAlive:2", "send:1000:1");
                Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
            linux.expect("counted");
            linux.expect("sent");

            assertTrue(Streams.receive(socket.getInputStream()).startsWith("1000 "));
        }
    }
}
