// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import io.pktkit.pcap.LinkType;
import java.util.concurrent.atomic.LongAdder;

/** What the encoders know of a tap. */
public final class TapInfo {

    /** The name of its interface. */
    public final String name;

    /** The kind of its packets. */
    public final LinkType linkType;

    /** Bytes of each packet at most. */
    public final int snapLength;

    /** The filter's text, or empty. */
    public final String filter;

    /** What was seen, before the filter. */
    public final LongAdder seen = new LongAdder();

    /** What the filter took. */
    public final LongAdder taken = new LongAdder();

    /** What found no room on its way to the writer. */
    public final LongAdder crowdedOut = new LongAdder();

    /** What was to be written, and could not be. */
    public final LongAdder unwritten = new LongAdder();

    /** Its number in the present file; less than 0 before it has one. The writer's. */
    int index = -1;

    /** Dropped when the latest block was written, to tell of those since. The writer's. */
    long toldLost;

    /**
     * Creates one without counts.
     *
     * @param name of the interface
     * @param linkType the kind of its packets
     * @param snapLength bytes of each packet at most
     * @param filter the filter's text, or empty
     */
    public TapInfo(String name, LinkType linkType, int snapLength, String filter) {
        this.name = name;
        this.linkType = linkType;
        this.snapLength = snapLength;
        this.filter = filter;
    }

    long lost() {
        return crowdedOut.sum() + unwritten.sum();
    }
}
