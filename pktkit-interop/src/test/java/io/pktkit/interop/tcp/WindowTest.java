// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Readers that stop reading, and windows that are small. */
@NeedsPeer({"ip", "python3", "sysctl"})
@Timeout(300)
class WindowTest {
    private static final int LENGTH = 8 << 20;

    private final VirtualClient client = new VirtualClient();

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldProbeALinuxReaderThatStops(IpFamily family) throws Exception {
        try (TunNetwork network = new TunNetwork(1500, client);
                LinuxPeer linux = network.listening(family, "", "await:TCPToZeroWindowAdv:1", "go", "eof");
                Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
            Future<String> sent = Streams.beside(() -> sendAll(socket));
            linux.expect("counted");
            try (LinuxPeer probes = network.peer("await", "InSegs", "+2")) {
                probes.expect("counted");
            }
            linux.go();

            assertEquals(LENGTH + " " + sent.get(), linux.expect("received"), "seed " + Streams.SEED);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAnswerTheProbesOfLinuxWhenOurReaderStops(IpFamily family) throws Exception {
        try (TunNetwork network = new TunNetwork(1500, client);
                LinuxPeer linux = network.listening(family, "", "send:" + LENGTH + ":" + Streams.SEED);
                Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port());
                LinuxPeer probes = network.peer("await", "TCPWinProbe", "3")) {
            probes.expect("counted");

            String received = Streams.receive(socket.getInputStream());

            assertEquals(LENGTH + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
        }
    }

    @Test
    void shouldOutlastALinuxReaderThatIsStoppedByASignal() throws Exception {
        try (TunNetwork network = new TunNetwork(1500, client);
                LinuxPeer linux = network.listening(IpFamily.IPV4, "", "eof");
                Socket socket = client.dial(TunNetwork.linux(IpFamily.IPV4).toString(), linux.port())) {
            network.run("kill -STOP " + linux.pid());
            Future<String> sent = Streams.beside(() -> sendAll(socket));
            try (LinuxPeer stalled = network.peer("await", "TCPToZeroWindowAdv", "1")) {
                stalled.expect("counted");
            }
            network.run("kill -CONT " + linux.pid());

            assertEquals(LENGTH + " " + sent.get(), linux.expect("received"), "seed " + Streams.SEED);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldFillASmallReceiveBufferOfLinux(IpFamily family) throws Exception {
        try (TunNetwork network = new TunNetwork(1500, client)) {
            network.run("sysctl -w net.ipv4.tcp_rmem='4096 4096 4096'");
            try (LinuxPeer linux = network.listening(family, "", "eof");
                    Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
                String sent = sendAll(socket);

                assertEquals(LENGTH + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTakeAllThroughASmallReceiveBufferOfOurs(IpFamily family) throws Exception {
        TcpConfig small = TcpConfig.builder().receiveBuffer(4096).build();
        VirtualClient tight = new VirtualClient(VirtualClientConfig.DEFAULT.withTcp(small));
        try (TunNetwork network = new TunNetwork(1500, tight);
                LinuxPeer linux = network.listening(family, "", "send:" + LENGTH + ":" + Streams.SEED);
                Socket socket = tight.dial(TunNetwork.linux(family).toString(), linux.port())) {
            String received = Streams.receive(socket.getInputStream());

            assertEquals(LENGTH + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
        }
    }

    /** Longer than the backed-off intervals of probes, and than any give-up time of theirs. */
    @Test
    @Tag("long")
    @Timeout(600)
    void shouldOutlastReadersThatStopForTwoMinutes() throws Exception {
        List<Future<Void>> waits = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            waits.add(Streams.beside(() -> outlastLinux(family)));
            waits.add(Streams.beside(() -> outlastUs(family)));
        }
        for (Future<Void> wait : waits) {
            wait.get();
        }
    }

    private static Void outlastLinux(IpFamily family) throws Exception {
        VirtualClient sender = new VirtualClient();
        try (TunNetwork network = patient(sender);
                LinuxPeer linux = network.listening(family, "", "await:TCPToZeroWindowAdv:1", "go", "eof");
                Socket socket = sender.dial(TunNetwork.linux(family).toString(), linux.port())) {
            Future<String> sent = Streams.beside(() -> sendAll(socket));
            linux.expect("counted");
            assertThrows(TimeoutException.class, () -> sent.get(2, TimeUnit.MINUTES), "the writer waits, and no more");
            linux.go();

            assertEquals(LENGTH + " " + sent.get(), linux.expect("received"), "seed " + Streams.SEED);
        }
        return null;
    }

    private static Void outlastUs(IpFamily family) throws Exception {
        VirtualClient receiver = new VirtualClient();
        try (TunNetwork network = patient(receiver);
                LinuxPeer linux = network.listening(family, "", "send:" + LENGTH + ":" + Streams.SEED);
                Socket socket = receiver.dial(TunNetwork.linux(family).toString(), linux.port());
                LinuxPeer probes = network.peer("await", "TCPWinProbe", "1")) {
            probes.expect("counted");
            Future<String> sent = Streams.beside(() -> linux.expect("sent"));
            assertThrows(TimeoutException.class, () -> sent.get(2, TimeUnit.MINUTES), "Linux waits, and no more");

            String received = Streams.receive(socket.getInputStream());

            assertEquals(LENGTH + " " + sent.get(), received, "seed " + Streams.SEED);
        }
        return null;
    }

    private static TunNetwork patient(VirtualClient client) throws IOException {
        TunNetwork network = new TunNetwork(1500, client);
        network.setPeerLimit(Duration.ofMinutes(5));
        return network;
    }

    private static String sendAll(Socket socket) throws IOException {
        String sent = Streams.send(socket.getOutputStream(), LENGTH, Streams.SEED);
        socket.shutdownOutput();
        return sent;
    }
}
