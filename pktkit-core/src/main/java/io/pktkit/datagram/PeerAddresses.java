// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.KeyedHash;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's form of the addresses that were sent to last, so that sending to the same peers makes no object for each
 * datagram. A fixed number of places, found by a keyed hash; who comes later takes the place. Any thread.
 */
final class PeerAddresses {

    private static final int PLACES = 256;

    private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(PLACES);

    private record Entry(FixedPath path, InetSocketAddress address) {}

    InetSocketAddress of(DatagramPath to) throws IOException {
        long port = ((long) to.remoteScope() << 32) | to.remotePort();
        int place = (int) KeyedHash.hash(to.remoteHigh(), to.remoteLow(), port) & (PLACES - 1);
        Entry entry = entries.get(place);
        if (entry == null || !entry.path.sameRemote(to)) {
            entry = new Entry(
                    FixedPath.copyOf(to),
                    new InetSocketAddress(
                            ChannelProvider.jdkAddress(to.remoteAddress(), to.remoteScope()), to.remotePort()));
            entries.set(place, entry);
        }
        return entry.address;
    }
}
