// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/** How an {@link HttpClient} reaches servers. Any thread. */
@FunctionalInterface
public interface HttpDialer {
    /**
     * Opens a TCP connection.
     *
     * @param host a name or an address, without brackets
     * @param port 1 to 65535
     * @param timeout how long name lookup and connecting may take together, more than zero
     * @return a connected socket, to be closed by the caller
     * @throws IOException if there is no connection in time
     */
    Socket dial(String host, int port, Duration timeout) throws IOException;
}
