// SPDX-License-Identifier: MIT
package io.pktkit.iphost.internal;

import io.pktkit.time.Timers;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What paths take that are narrower than the link, as routers have told (RFC 1191, RFC 8201). Bounded: the one told longest ago
 * goes first.
 */
public final class PathMtus {
    private static final int MAX_PATHS = 256;
    private static final long MAX_AGE = Duration.ofMinutes(10).toNanos(); // RFC 1191 section 6.3, RFC 8201 section 5.2
    private static final int LEAST_IPV4 = 552; // what Linux believes at least; RFC 791 allows 68, which is an attack

    /** What a path was said to take, and until when that is gone by. */
    private record Path(int bytes, long until) {}

    private final int linkMtu;
    private final Map<IpAddress, Path> paths = new LinkedHashMap<>();

    /**
     * All paths take what the link takes.
     *
     * @param linkMtu bytes
     */
    public PathMtus(int linkMtu) {
        this.linkMtu = linkMtu;
    }

    /**
     * What the path to an address takes.
     *
     * @param destination the address
     * @param nowNanos the time
     * @return bytes
     */
    public int to(IpAddress destination, long nowNanos) {
        if (paths.isEmpty()) {
            return linkMtu;
        }
        Path path = paths.get(destination);
        if (path == null) {
            return linkMtu;
        }
        if (Timers.isDue(path.until, nowNanos)) {
            paths.remove(destination);
            return linkMtu;
        }
        return path.bytes;
    }

    /**
     * A hop towards an address takes no longer packets than this; believed down to what every path must take.
     *
     * @param destination the address
     * @param reported bytes
     * @param nowNanos the time
     */
    public void lower(IpAddress destination, int reported, long nowNanos) {
        int lowered = Math.max(destination.isIpv4() ? LEAST_IPV4 : Fragmenter.MIN_IPV6_MTU, reported);
        if (lowered >= to(destination, nowNanos)) {
            return;
        }
        paths.remove(destination); // so that the oldest stays first
        if (paths.size() >= MAX_PATHS) {
            Iterator<IpAddress> oldest = paths.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        paths.put(destination, new Path(lowered, Timers.after(nowNanos, MAX_AGE)));
    }

    /** {@return paths that are narrower than the link, as far as is known} */
    public int size() {
        return paths.size();
    }
}
