// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bulk transfers, each with a half-close by the sender and then a mebibyte the other way. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class BulkTest {
    private static final long MIB = 1 << 20;

    @ParameterizedTest(name = "{0} mtu {1}, {2} MiB")
    @CsvSource({
        "IPV4, 1500, 64",
        "IPV6, 1500, 64",
        "IPV4, 1280, 16",
        "IPV6, 1280, 16",
        "IPV4, 9000, 64",
        "IPV6, 9000, 64"
    })
    void shouldCarryBulkBothWaysOnWhatWeDial(IpFamily family, int mtu, int mib) throws IOException {
        try (VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(mtu));
                TunNetwork network = new TunNetwork(mtu, client)) {
            try (LinuxPeer linux = network.listening(family, "", "eof", "send:" + MIB + ":" + Streams.SEED);
                    Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
                weSendFirst(linux, socket, mib * MIB);
            }
            try (LinuxPeer linux =
                            network.listening(family, "", "send:" + mib * MIB + ":" + Streams.SEED, "shut", "eof");
                    Socket socket = client.dial(TunNetwork.linux(family).toString(), linux.port())) {
                linuxSendsFirst(linux, socket);
            }
        }
    }

    @ParameterizedTest(name = "{0} mtu {1}, {2} MiB")
    @CsvSource({"IPV4, 1500, 64", "IPV6, 1500, 64", "IPV4, 1280, 16", "IPV6, 9000, 64"})
    void shouldCarryBulkBothWaysOnWhatWeAccept(IpFamily family, int mtu, int mib) throws IOException {
        try (VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(mtu));
                TunNetwork network = new TunNetwork(mtu, client);
                VirtualServerSocket server = client.listen(7000)) {
            try (LinuxPeer linux = network.connecting(family, 7000, "", "eof", "send:" + MIB + ":" + Streams.SEED);
                    Socket socket = server.accept()) {
                linux.expect("connected");
                weSendFirst(linux, socket, mib * MIB);
            }
            try (LinuxPeer linux = network.connecting(
                            family, 7000, "", "send:" + mib * MIB + ":" + Streams.SEED, "shut", "eof");
                    Socket socket = server.accept()) {
                linux.expect("connected");
                linuxSendsFirst(linux, socket);
            }
        }
    }

    private static void weSendFirst(LinuxPeer linux, Socket socket, long length) throws IOException {
        String sent = Streams.send(socket.getOutputStream(), length, Streams.SEED);
        socket.shutdownOutput();
        assertEquals(length + " " + sent, linux.expect("received"), "seed " + Streams.SEED);

        String received = Streams.receive(socket.getInputStream());
        assertEquals(MIB + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
        linux.expect("done");
    }

    private static void linuxSendsFirst(LinuxPeer linux, Socket socket) throws IOException {
        String received = Streams.receive(socket.getInputStream());
        String sent = linux.expect("sent");
        assertEquals(sent, received.substring(received.indexOf(' ') + 1), "seed " + Streams.SEED);

        String back = Streams.send(socket.getOutputStream(), MIB, Streams.SEED + 1);
        socket.shutdownOutput();
        assertEquals(MIB + " " + back, linux.expect("received"), "seed " + Streams.SEED);
        linux.expect("done");
    }
}
