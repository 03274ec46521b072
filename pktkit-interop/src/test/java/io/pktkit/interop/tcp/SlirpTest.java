// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpServerSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A Linux guest behind the NAT: bulk with half-closes to a Linux server of the host, and to a service of the NAT's own. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class SlirpTest {
    private static final int BACK = 1 << 20;
    private static final int PORT = 7000;
    private static final String[] SENDING_SECOND = {"eof", "send:" + BACK + ":" + Streams.SEED, "shut", "over", "info"};

    /** A guest's network whose gateway is the NAT. */
    private static final class Gateway implements AutoCloseable {
        private final Slirp slirp;
        private final TunNetwork network;

        Gateway(int hostPort) throws IOException {
            slirp = Slirp.open(SlirpConfig.builder()
                    .address(IpPrefix.of(TunNetwork.ours(IpFamily.IPV4), 24))
                    .address(IpPrefix.of(TunNetwork.ours(IpFamily.IPV6), 64))
                    .allowHost(hostPort)
                    .build());
            try {
                network = new TunNetwork(1500, slirp);
            } catch (IOException | RuntimeException | Error e) {
                slirp.close();
                throw e;
            }
        }

        @Override
        public void close() {
            network.close();
            slirp.close();
        }
    }

    @ParameterizedTest(name = "{0}, the guest sends first {1}, {2} MiB")
    @CsvSource({"IPV4, true, 64", "IPV6, true, 16", "IPV4, false, 64", "IPV6, false, 16"})
    void shouldCarryBulkThroughTheNat(IpFamily family, boolean up, int mib) throws IOException {
        int length = mib << 20;
        String[] first = sendingFirst(length);
        try (LinuxPeer server = onHost(family, up ? SENDING_SECOND : first)) {
            int port = server.port();
            try (Gateway gateway = new Gateway(port);
                    LinuxPeer guest = gateway.network.connecting(family, port, "", up ? first : SENDING_SECOND)) {
                guest.expect("connected");
                LinuxPeer sender = up ? guest : server;
                LinuxPeer receiver = up ? server : guest;
                assertEquals(length + " " + sender.expect("sent"), receiver.expect("received"), "seed " + Streams.SEED);
                assertEquals(BACK + " " + receiver.expect("sent"), sender.expect("received"), "seed " + Streams.SEED);

                LinuxInfo inside = LinuxInfo.parse(guest.expect("info"));
                LinuxInfo outside = LinuxInfo.parse(server.expect("info"));

                inside.assertCarriedOn(outside);
                assertEquals(1500 - (family == IpFamily.IPV4 ? 52 : 72), inside.get("snd_mss"), inside.toString());
            }
        }
    }

    @ParameterizedTest(name = "{0}, the guest sends first {1}, {2} MiB")
    @CsvSource({"IPV4, true, 64", "IPV6, true, 16", "IPV4, false, 64", "IPV6, false, 16"})
    void shouldCarryBulkToAndFromAService(IpFamily family, boolean up, int mib) throws IOException {
        int length = mib << 20;
        String[] first = sendingFirst(length);
        try (Gateway gateway = new Gateway(1);
                SlirpServerSocket listener = gateway.slirp.listen(PORT);
                LinuxPeer guest = gateway.network.connecting(family, PORT, "", up ? first : SENDING_SECOND);
                VirtualSocket stream = listener.accept()) {
            guest.expect("connected");
            if (up) {
                String received = Streams.receive(stream.getInputStream());
                assertEquals(length + " " + guest.expect("sent"), received, "seed " + Streams.SEED);
                String back = Streams.send(stream.getOutputStream(), BACK, Streams.SEED);
                stream.shutdownOutput();
                assertEquals(BACK + " " + back, guest.expect("received"), "seed " + Streams.SEED);
            } else {
                String sent = Streams.send(stream.getOutputStream(), length, Streams.SEED);
                stream.shutdownOutput();
                assertEquals(length + " " + sent, guest.expect("received"), "seed " + Streams.SEED);
                String received = Streams.receive(stream.getInputStream());
                assertEquals(BACK + " " + guest.expect("sent"), received, "seed " + Streams.SEED);
            }

            LinuxInfo inside = LinuxInfo.parse(guest.expect("info"));

            inside.assertMoved(up ? length : BACK, up ? BACK : length);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldCarryTheResetOfTheHostToTheGuest(IpFamily family) throws IOException {
        assertResetCarried(family, false);
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldCarryTheResetOfTheGuestToTheHost(IpFamily family) throws IOException {
        assertResetCarried(family, true);
    }

    private static void assertResetCarried(IpFamily family, boolean byGuest) throws IOException {
        String[] resetting = {"recv:1000", "rst"};
        String[] surprised = {"send:1000:" + Streams.SEED, "eof"};
        try (LinuxPeer server = onHost(family, byGuest ? surprised : resetting)) {
            int port = server.port();
            try (Gateway gateway = new Gateway(port);
                    LinuxPeer guest = gateway.network.connecting(family, port, "", byGuest ? resetting : surprised)) {
                guest.expect("connected");
                LinuxPeer reset = byGuest ? server : guest;
                String sent = reset.expect("sent");
                assertEquals("1000 " + sent, (byGuest ? guest : server).expect("received"), "seed " + Streams.SEED);
                assertEquals("ECONNRESET", reset.expect("error"));
            }
        }
    }

    private static LinuxPeer onHost(IpFamily family, String... actions) throws IOException {
        IpAddress loopback = IpAddress.parse(family == IpFamily.IPV4 ? "127.0.0.1" : "::1");
        return LinuxPeer.onHost(LinuxPeer.words("", "tcp-listen", loopback, 0, actions));
    }

    private static String[] sendingFirst(int length) {
        return new String[] {"send:" + length + ":" + Streams.SEED, "shut", "eof", "over", "info"};
    }
}
