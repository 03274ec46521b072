// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

/** Why there is no new mapping. */
public enum Refusal {
    /** There is one. */
    NONE,
    /** The host, its namespace or the whole has as many as it may, or the host begins them too fast. */
    LIMIT,
    /** No port of the host's outside address is free. */
    NO_PORT,
    /** The outside port is somebody else's, or the inside endpoint has another one. */
    TAKEN
}
