// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where whole blocks go. The writing thread's. */
public interface Outlet {

    /**
     * Writes all of it, or nothing as far as a reader can see.
     *
     * @param blocks whole blocks
     * @throws IOException if it was not all written
     */
    void write(ByteBuffer blocks) throws IOException;

    /**
     * Tells whether this has room for more.
     *
     * @param bytes how many
     * @return false if the present file must not grow by as much
     */
    boolean hasRoom(long bytes);

    /**
     * Goes on in another file, in place of the oldest where there are as many as there may be.
     *
     * @return false if there is no other: what follows is not to be written
     * @throws IOException if it cannot be made
     */
    boolean next() throws IOException;

    /** {@return whether a failure may pass, as a full disk does} */
    boolean canRecover();

    /** Waits no longer for a reader that has not come yet. Any thread. */
    default void stopWaiting() {}

    /**
     * Ends it. Any thread.
     *
     * @throws IOException if something is lost by that
     */
    void close() throws IOException;
}
