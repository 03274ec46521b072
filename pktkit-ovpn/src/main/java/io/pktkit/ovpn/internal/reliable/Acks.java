// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.reliable;

import java.util.Arrays;

/**
 * The acknowledgments that are owed, and the latest that were given. The latter go along again where there is room, as
 * OpenVPN 2.6 does: a lost acknowledgment is then made good by the next packet.
 */
public final class Acks {

    /** The most that go along with data. */
    public static final int WITH_DATA = 4;

    /** The most of a packet that has nothing else. */
    public static final int ALONE = 8;

    private final int[] owed = new int[ALONE];
    private final int[] recent = new int[ALONE];
    private int owedCount;
    private int recentCount;

    /** Creates it with nothing owed. */
    public Acks() {}

    /**
     * Owes an acknowledgment. Of more than eight the oldest is given up: its packet will come again.
     *
     * @param id the packet id that was received
     */
    public void owe(int id) {
        if (contains(owed, owedCount, id)) {
            return;
        }
        if (owedCount == ALONE) {
            System.arraycopy(owed, 1, owed, 0, ALONE - 1);
            owedCount--;
        }
        owed[owedCount++] = id;
    }

    /** {@return whether anything is owed} */
    public boolean isOwing() {
        return owedCount > 0;
    }

    /**
     * Takes acknowledgments for a packet, the owed ones first.
     *
     * @param most at most so many
     * @return packet ids, perhaps none
     */
    public int[] take(int most) {
        int count = Math.min(owedCount, most);
        int[] taken = Arrays.copyOf(owed, Math.min(most, count + recentCount));
        int filled = count;
        for (int i = 0; i < recentCount && filled < taken.length; i++) {
            if (!contains(taken, filled, recent[i])) {
                taken[filled++] = recent[i];
            }
        }
        for (int i = 0; i < count; i++) {
            remember(owed[i]);
        }
        System.arraycopy(owed, count, owed, 0, owedCount - count);
        owedCount -= count;
        return filled == taken.length ? taken : Arrays.copyOf(taken, filled);
    }

    private void remember(int id) {
        int kept = 0;
        int[] before = Arrays.copyOf(recent, recentCount);
        recent[kept++] = id;
        for (int i = 0; i < before.length && kept < ALONE; i++) {
            if (before[i] != id) {
                recent[kept++] = before[i];
            }
        }
        recentCount = kept;
    }

    private static boolean contains(int[] ids, int count, int id) {
        for (int i = 0; i < count; i++) {
            if (ids[i] == id) {
                return true;
            }
        }
        return false;
    }
}
