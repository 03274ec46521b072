// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequence numbers that pass zero at once, in mid-transfer, and just past the sign bit. */
@NeedsPeer({"ip", "python3"})
@Timeout(60)
class SequenceWrapTest {
    private static final int LENGTH = 8 << 20;

    @ParameterizedTest
    @ValueSource(ints = {-1, -2, -700, -(4 << 20), Integer.MAX_VALUE, Integer.MAX_VALUE - (4 << 20)})
    void shouldPassTheWrap(int isn) throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().build(), (tuple, now) -> isn);
        try (TunNetwork network = new TunNetwork(1500, host);
                LinuxPeer linux = network.listening(IpFamily.IPV4, "", "eof", "send:" + LENGTH + ":" + Streams.SEED)) {
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);

            host.connect(TunNetwork.linux(IpFamily.IPV4), linux.port(), transfer);

            assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            assertEquals(LENGTH + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
        }
    }
}
