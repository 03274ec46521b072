// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpFamily;
import java.io.IOException;

/**
 * A bulk transfer, its sender's half-close, and a mebibyte the other way, after which the books of both ends must agree.
 *
 * @param family which addresses are used
 * @param weDial whether the engine opens the connection, or Linux does
 * @param weSend whether the bulk goes to Linux, or comes from there
 * @param length bytes of the bulk
 * @param options options of the peer
 */
record BulkExchange(IpFamily family, boolean weDial, boolean weSend, long length, String options) {
    private static final int PORT = 7000;
    private static final int BACK = 1 << 20;

    /** What both ends know of the connection once it is over. */
    record Books(TcpInfo ours, LinuxInfo linux) {}

    Books run(EngineHost host, TunNetwork network) throws IOException {
        EngineTransfer transfer =
                weSend ? new EngineTransfer(length, Streams.SEED) : EngineTransfer.replying(BACK, Streams.SEED);
        String[] actions = weSend
                ? new String[] {"eof", "send:" + BACK + ":" + Streams.SEED, "shut", "over", "info"}
                : new String[] {"send:" + length + ":" + Streams.SEED, "shut", "eof", "over", "info"};
        if (!weDial) {
            host.accept(PORT, transfer);
        }
        try (LinuxPeer linux = weDial
                ? network.listening(family, options, actions)
                : network.connecting(family, PORT, options, actions)) {
            if (weDial) {
                host.connect(TunNetwork.linux(family), linux.port(), transfer);
            } else {
                linux.expect("connected");
            }
            compareStreams(transfer, linux);
            transfer.awaitOver();
            Books books = new Books(host.info(transfer), LinuxInfo.parse(linux.expect("info")));
            books.linux.assertSettled(books.ours, weSend ? length : BACK, weSend ? BACK : length, !weDial);
            return books;
        }
    }

    private void compareStreams(EngineTransfer transfer, LinuxPeer linux) throws IOException {
        if (weSend) {
            assertEquals(length + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            assertEquals(BACK + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
        } else {
            assertEquals(length + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
            assertEquals(BACK + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
        }
    }
}
