// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Offload;
import io.pktkit.time.SystemTimers;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest whose card takes segments and checksums over, and one whose card does not. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpSuperSegmentTest {
    @ParameterizedTest(name = "IPv6 {0}, offloads {1}")
    @CsvSource({"false,true", "true,true", "false,false"})
    void shouldPassThemBothWaysIfTheGuestsCardDoes(boolean ipv6, boolean offloads) throws Exception {
        byte[] content = Slirps.bytes(2_000_000, 7);
        try (HostServer server = new HostServer(socket -> {
                    byte[] got = socket.getInputStream().readNBytes(content.length);
                    socket.getOutputStream().write(got);
                });
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(server.port(), new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                        .build());
                Guest guest = new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), 1500)) {
            guest.device.offloads = offloads ? Set.of(Offload.SEGMENTATION, Offload.CHECKSUM) : Set.of();
            GuestSocket socket = guest.connect(ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY, server.port());

            socket.write(content);

            assertArrayEquals(content, socket.readToEnd());
            int down = guest.device.superSegmentsToGuest.get();
            int up = guest.device.superSegmentsFromGuest.get();
            if (offloads) {
                assertTrue(down > 10 && up > 10, "super-segments down=" + down + " up=" + up);
            } else {
                assertEquals(0, down + up, "super-segments");
            }
        }
    }
}
