// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpTuple;
import org.jspecify.annotations.Nullable;

/** What stands in the connection table and in the deadline heap; the links of both live in the entry. */
abstract class TupleEntry {
    final TcpTuple tuple;
    long hash;

    @Nullable
    TupleEntry nextInBucket;

    /** Place in the heap, or -1. */
    int heapIndex = -1;

    /** The deadline the heap sorts by: never later than {@link #deadline()}, perhaps earlier. */
    long armedAt;

    TupleEntry(TcpTuple tuple) {
        this.tuple = tuple;
    }

    /** When this entry next wants {@link TcpHost#onTick}; {@link TcpHost#NEVER} for not at all. */
    abstract long deadline();
}
