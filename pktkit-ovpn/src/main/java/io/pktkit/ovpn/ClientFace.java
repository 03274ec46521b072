// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the packets of a client come out: a device of its own, or the one of all. */
interface ClientFace extends AutoCloseable {

    /** Plugs it in. On a thread for callbacks. */
    void open() throws IOException;

    /**
     * A packet or frame came, in a buffer that may be changed; false if it is not the client's to send.
     *
     * @param joined what hands it on, perhaps together with those that follow it
     */
    boolean arrived(ByteBuffer buffer, int offset, int length, Joined joined);

    /** Unplugs it. On a thread for callbacks. */
    @Override
    void close();
}
