// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bulk transfers whose books, our {@code TcpInfo} and {@code TCP_INFO} of Linux, are compared when they are over. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class BulkInfoTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest(name = "{0} mtu {1}, we dial {2}, we send {3}, {4} MiB")
    @CsvSource({
        "IPV4, 1500, true, true, 64",
        "IPV6, 1500, true, true, 64",
        "IPV4, 1500, false, true, 64",
        "IPV6, 1500, false, true, 64",
        "IPV4, 1500, true, false, 64",
        "IPV6, 1500, true, false, 64",
        "IPV4, 1500, false, false, 64",
        "IPV6, 1500, false, false, 64",
        "IPV4, 1280, true, true, 16",
        "IPV4, 1280, false, false, 16",
        "IPV6, 9000, true, false, 64",
        "IPV6, 9000, false, true, 64"
    })
    void shouldAgreeWithLinuxAboutEveryByte(IpFamily family, int mtu, boolean weDial, boolean weSend, int mib)
            throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().mtu(mtu).build(), IsnSource.random());
        try (TunNetwork network = new TunNetwork(mtu, host)) {
            BulkExchange bulk = new BulkExchange(family, weDial, weSend, (long) mib * MIB, "");

            BulkExchange.Books books = bulk.run(host, network);

            assertEquals(mtu, books.ours().negotiated().pathMtu(), books.toString());
        }
    }
}
