// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.cli.Text;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The layout is that of {@code wg show} of wireguard-tools 1.0.20210914. */
class ShowCommandTest {

    @Test
    void shouldPrintAsWgDoes() {
        Map<String, Object> shown = Map.of(
                "interface",
                "pktkit51820",
                "publicKey",
                "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=",
                "listenPort",
                51_820L,
                "peers",
                List.of(
                        Map.of(
                                "name",
                                "phone",
                                "publicKey",
                                "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
                                "hasPresharedKey",
                                true,
                                "endpoint",
                                "192.95.5.67:1234",
                                "allowedIps",
                                List.of("10.192.122.3/32", "10.192.124.1/24"),
                                "latestHandshake",
                                1000L,
                                "received",
                                1536L,
                                "sent",
                                5L << 30,
                                "persistentKeepalive",
                                90L),
                        Map.of(
                                "publicKey",
                                "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=",
                                "allowedIps",
                                List.of(),
                                "received",
                                0L,
                                "sent",
                                0L)));

        assertEquals("""
                interface: pktkit51820
                  public key: HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=
                  private key: (hidden)
                  listening port: 51820

                peer: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                  name: phone
                  preshared key: (hidden)
                  endpoint: 192.95.5.67:1234
                  allowed ips: 10.192.122.3/32, 10.192.124.1/24
                  latest handshake: 1 day, 1 hour, 2 minutes, 3 seconds ago
                  transfer: 1.50 KiB received, 5.00 GiB sent
                  persistent keepalive: every 1 minute, 30 seconds

                peer: TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=
                  allowed ips: (none)""", String.join("\n", ShowCommand.lines(shown, 1000 + 86_400 + 3600 + 123)));
    }

    @Test
    void shouldTellSizesAndDurations() {
        assertEquals("1023 B", Text.size(1023));
        assertEquals("1.00 KiB", Text.size(1024));
        assertEquals("1.00 MiB", Text.size(1 << 20));
        assertEquals("8192.00 PiB", Text.size(Long.MAX_VALUE));
        assertEquals("1 second", Text.duration(1));
        assertEquals("2 hours", Text.duration(7200));
    }
}
