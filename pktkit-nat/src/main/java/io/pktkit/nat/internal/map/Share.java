// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

/** How what there is for all is divided, so that nobody uses up what others need. */
public final class Share {

    private Share() {}

    /**
     * Tells what one namespace may have, or the outside where something is held for it: half.
     *
     * @param limit what there is for all
     * @return what one may have, at least 1
     */
    public static int ofNamespace(int limit) {
        return Math.max(1, limit / 2);
    }

    /** What strangers may have: remotes that no inside host has spoken to. */
    static int ofStrangers(int limit) {
        return Math.max(1, limit / 8);
    }
}
