// SPDX-License-Identifier: MIT
package io.pktkit.nat.helper;

import java.nio.ByteBuffer;

/** The payload of a packet, which a helper may change. */
public interface HelperPayload {

    /** {@return whether the inside host sent it} */
    boolean isOutward();

    /** {@return its length in bytes} */
    int length();

    /**
     * Reads an octet.
     *
     * @param index 0 to {@link #length()} - 1
     * @return the octet, 0 to 255
     */
    int at(int index);

    /** {@return the payload as a read-only buffer from position 0 to its limit, on loan} */
    ByteBuffer bytes();

    /**
     * Replaces a part. Further reads see what it is then.
     *
     * @param from the first octet
     * @param to behind the last
     * @param with what comes instead, at most 512 octets longer than what was there
     * @return false, and nothing changed, if the change could not be followed, too much would be kept (512 KiB of a host), or
     *     the packet would be too long
     */
    boolean replace(int from, int to, byte[] with);

    /**
     * Holds the end of a segment of TCP back, because what it means will be known with what follows. It is shown again in
     * front of that. Its sender is told that it has arrived, so that it sends on. Nothing can be replaced afterwards.
     *
     * @param from the first octet that is held back, behind all that was replaced
     * @return false, and nothing is held, if the stream ends here, too much would be held (16 KiB of a stream, 512 KiB of a
     *     host), or this is not TCP
     */
    boolean hold(int from);
}
