// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.connection.Lifecycle;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.sending.SendingView;
import io.pktkit.vtcp.internal.sending.Transmitter;
import io.pktkit.wire.TcpSegment;

/** What the handshake sees of the connection: what a SYN is made of, and what becomes of one that arrives. */
public interface OpeningView extends SendingView, Lifecycle {
    /** The ends. */
    TcpTuple tuple();

    /** What answers, and sends once the handshake is complete. */
    Transmitter transmitter();

    /** The options of the segment at hand. */
    ReceivedOptions options();

    /** The ECN codepoint of the packet at hand. */
    int codepoint();

    /** The payload and the FIN of the segment at hand, which begins at an offset, are good. */
    void takeText(TcpSegment segment, long sequence);

    /** Our SYN or SYN-ACK went out. */
    void onSynSent();

    /** Something may have been buffered. */
    void armTrim();

    /** Data is exchanged from here on, although the handshake is not complete. */
    void becomeEarly();

    /** The handshake is complete. */
    void onEstablished();
}
