// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody holds a place of a relay who is gone, or does not say what for. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VanishedPeerTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final ManualTime time = new ManualTime();

    /** A client that says one byte after another, each after a while. */
    private final class SlowClient extends Socket {
        final List<Integer> timeouts = new ArrayList<>();
        final ByteArrayOutputStream answered = new ByteArrayOutputStream();
        private final byte[] says;
        private final Duration pause;
        private int said;

        SlowClient(String says, Duration pause) {
            this.says = HexFormat.of().parseHex(says);
            this.pause = pause;
        }

        @Override
        public synchronized void setSoTimeout(int millis) {
            timeouts.add(millis);
        }

        @Override
        public OutputStream getOutputStream() {
            return answered;
        }

        @Override
        public InputStream getInputStream() {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    int patience = timeouts.get(timeouts.size() - 1);
                    if (patience != 0 && pause.toMillis() > patience) {
                        time.advance(Duration.ofMillis(patience));
                        throw new SocketTimeoutException();
                    }
                    time.advance(pause);
                    return said == says.length ? -1 : says[said++] & 0xff;
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    int octet = read();
                    if (octet < 0) {
                        return -1;
                    }
                    target[offset] = (byte) octet;
                    return 1;
                }
            };
        }
    }

    @Test
    void shouldNotWaitLongerForASocksClientThatSaysAByteNowAndThen() {
        Socks5 socks = new Socks5((host, port) -> new Socket(), time);
        SlowClient client = new SlowClient("0501000501000003", Duration.ofSeconds(9));
        long since = time.nowNanos();

        assertThrows(SocketTimeoutException.class, () -> socks.dial(client));

        assertTrue(time.nowNanos() - since < Duration.ofMillis(10_100).toNanos());
    }

    @Test
    void shouldDialForASocksClientThatIsSlowButInTime() throws IOException {
        Socks5 socks = new Socks5((host, port) -> new Socket(), time);
        SlowClient client = new SlowClient("05010005010001c0000201" + "0050", Duration.ofMillis(500));

        socks.dial(client).close();

        assertEquals(0, client.timeouts.get(client.timeouts.size() - 1), "what it sends then may take any time");
    }

    @Test
    void shouldAskByKeepAliveWhetherBothSidesAreStillThere() throws Exception {
        Socket[] both = new Socket[2];
        try (ServerSocket server = new ServerSocket(0, 5, LOOPBACK);
                TcpRelay relay = TcpRelay.start(new ServerSocket(0, 5, LOOPBACK), accepted -> {
                    both[0] = accepted;
                    both[1] = new Socket(LOOPBACK, server.getLocalPort());
                    return both[1];
                });
                Socket client = new Socket(LOOPBACK, relay.port())) {
            client.getOutputStream().write(7);
            try (Socket far = server.accept()) {
                assertEquals(7, far.getInputStream().read());

                assertTrue(both[0].getKeepAlive());
                assertTrue(both[1].getKeepAlive());
            }
        }
    }
}
