// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.nativeio.KernelVersion;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which offloads an endpoint uses, and why not. Segmentation can change at run time. Any thread.
 *
 * <p>A refused run costs a system call and is sent in pieces. So many refusals in a row that the card or the route
 * evidently cannot do it switch segmentation off; one success between them starts the count anew, so that one peer behind
 * a narrow path does not take it from the others.
 */
final class Offloads {

    private static final int MAX_REFUSALS = 8;

    /** Why segmentation can never be used; null if it passed. */
    private final @Nullable String unusable;

    /** Why it is not used unless asked for; null if nothing is known against it. */
    private final @Nullable String unsafe;

    private final @Nullable String noCoalescing;
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile @Nullable String off;

    private Offloads(@Nullable String unusable, @Nullable String unsafe, @Nullable String noCoalescing) {
        this.unusable = unusable;
        this.unsafe = unsafe;
        this.noCoalescing = noCoalescing;
        off = unusable != null ? unusable : unsafe;
    }

    static Offloads choose(OffloadMode mode, KernelVersion kernel, UdpCalls calls) {
        if (mode == OffloadMode.OFF) {
            return new Offloads("switched off by the configuration", null, "switched off by the configuration");
        }
        OffloadProbe.Result proved = OffloadProbe.run(calls);
        String unsafe = null;
        String noCoalescing = proved.coalescing();
        if (mode == OffloadMode.AUTO) {
            if (kernel.damagesSegments()) {
                unsafe = "Linux " + kernel + " damages runs";
            }
            if (!kernel.coalesces()) {
                noCoalescing = "Linux " + kernel + " is older than 5.12";
            }
        }
        return new Offloads(proved.segmentation(), unsafe, noCoalescing);
    }

    boolean segmenting() {
        return off == null;
    }

    boolean coalescing() {
        return noCoalescing == null;
    }

    /** Coalescing that passed the test but cannot be had on the endpoint's own sockets. */
    Offloads withoutCoalescing(String reason) {
        return new Offloads(unusable, unsafe, reason);
    }

    boolean setSegmenting(boolean wanted) {
        refusals.set(0);
        off = wanted ? unusable : first(unusable, "switched off");
        return segmenting();
    }

    /** A run was cut and sent. */
    void worked() {
        if (refusals.get() != 0) {
            refusals.set(0);
        }
    }

    /** The kernel would not cut a run, for no reason that was the run's own. */
    void refused(String errno) {
        if (refusals.incrementAndGet() >= MAX_REFUSALS && off == null) {
            off = MAX_REFUSALS + " runs in a row were refused: " + errno;
        }
    }

    String describe() {
        return state("segmentation", off) + ", " + state("coalescing", noCoalescing);
    }

    private static String state(String what, @Nullable String reason) {
        return reason == null ? what + " on" : what + " off (" + reason + ")";
    }

    private static String first(@Nullable String one, String other) {
        return one != null ? one : other;
    }
}
