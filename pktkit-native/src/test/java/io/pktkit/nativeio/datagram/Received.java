// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What an endpoint received, copied. */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record Received(FixedPath path, byte[] payload, int ecn) {

    static Received copyOf(Datagram datagram) {
        return new Received(FixedPath.copyOf(datagram), datagram.toBytes(), datagram.ecn());
    }

    /** Receives until there are so many; the test's time limit is the limit. */
    static List<Received> take(DatagramEndpoint endpoint, int count) throws IOException {
        List<Received> all = new ArrayList<>();
        while (all.size() < count && endpoint.receive(datagram -> all.add(copyOf(datagram))) >= 0) {
            // until enough have come
        }
        return all;
    }
}
