// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramPath;
import io.pktkit.datagram.FixedPath;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wire.KeyedHash;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that datagrams came from lately, so that a peer that goes on sending costs no object. A fixed number of
 * places, found by a keyed hash; who comes later takes the place. One thread.
 */
final class SourceCache {

    private static final int PLACES = 1024;

    private final @Nullable Source[] sources = new Source[PLACES];

    /** The latest: most datagrams of a burst come from where the one before came from. */
    private @Nullable Source last;

    private record Source(FixedPath path, WgEndpoint endpoint) {}

    /** The endpoint that a datagram came from; its port must not be 0. */
    WgEndpoint of(Datagram datagram) {
        Source source = last;
        if (source == null || !source.path.samePath(datagram)) {
            source = find(datagram);
            last = source;
        }
        return source.endpoint;
    }

    private Source find(Datagram datagram) {
        long port = (long) datagram.remoteScope() << 32 | datagram.remotePort();
        int place = (int) KeyedHash.hash(datagram.remoteHigh(), datagram.remoteLow(), port) & PLACES - 1;
        Source source = sources[place];
        if (source == null || !source.path.samePath(datagram)) {
            source = new Source(FixedPath.copyOf(datagram), endpoint(datagram));
            sources[place] = source;
        }
        return source;
    }

    private static WgEndpoint endpoint(DatagramPath path) {
        return new WgEndpoint(
                path.remoteAddress(),
                path.remotePort(),
                path.hasLocal() ? path.localAddress() : null,
                path.remoteScope());
    }
}
