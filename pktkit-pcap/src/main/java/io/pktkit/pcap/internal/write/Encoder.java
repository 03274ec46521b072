// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.nio.ByteBuffer;
import java.util.Map;

/** A format of capture files. Each method appends whole blocks to a buffer that has room for them. */
interface Encoder {

    /** Room that is enough for any one call but {@link #packet}, which needs its captured bytes in addition. */
    int ROOM = 1 << 17;

    /** Begins a file. */
    void begin(ByteBuffer out);

    /** Introduces a tap; its index is set. */
    void tap(ByteBuffer out, TapInfo tap);

    /** Writes a packet of a tap that was introduced. */
    void packet(ByteBuffer out, TapInfo tap, RecordRing.Entry entry);

    /** Writes the counts of a tap that was introduced. */
    void statistics(ByteBuffer out, TapInfo tap, long timeNanos);

    /** Writes which name an address has, and takes out of the map what was written: all, or as many as there is room for. */
    void names(ByteBuffer out, Map<String, String> untold);
}
