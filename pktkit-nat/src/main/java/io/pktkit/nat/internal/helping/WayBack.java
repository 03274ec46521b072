// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/** The way back to who sent the packet at hand, for acknowledgments of our own. */
public interface WayBack {

    /**
     * Lends a buffer.
     *
     * @param length what is to be written, in bytes
     * @return a buffer that begins at 0
     */
    ByteBuffer begin(int length);

    /**
     * Sends what was written into the buffer that was lent last.
     *
     * @param length how long it is, in bytes
     * @return it, as it will be sent
     */
    Packet commit(int length);
}
