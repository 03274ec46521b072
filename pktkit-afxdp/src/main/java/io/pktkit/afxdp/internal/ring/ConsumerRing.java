// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.ring;

/** A ring that the kernel writes and we read: RX and COMPLETION. What was read is given back by {@link #release}. */
public final class ConsumerRing {

    private final Layout layout;

    /** How far entries are read. */
    private int read;

    /** How far the kernel knows. */
    private int released;

    /** How far the kernel had written when we last looked. */
    private int produced;

    /**
     * Takes a ring over where it stands.
     *
     * @param layout the ring
     */
    public ConsumerRing(Layout layout) {
        this.layout = layout;
        read = layout.cursor(layout.consumer());
        released = read;
        produced = layout.cursor(layout.producer());
    }

    /**
     * {@return how many entries can be read; looks at the kernel's cursor only if there were none. Cursors that no ring can
     * have, as those of memory that was taken back, count as none}
     */
    public int available() {
        int count = produced - read;
        if (count == 0) {
            produced = layout.cursor(layout.producer());
            count = produced - read;
        }
        return Integer.compareUnsigned(count, layout.entries()) <= 0 ? count : 0;
    }

    /**
     * Reads the address of an entry.
     *
     * @param index which, from 0 to less than {@link #available()}
     * @return from the start of the memory that the socket was given
     */
    public long address(int index) {
        return layout.memory().getLong(layout.entry(read + index));
    }

    /**
     * Reads the length of a descriptor.
     *
     * @param index which, from 0 to less than {@link #available()}
     * @return bytes
     */
    public int length(int index) {
        return layout.memory().getInt(layout.entry(read + index) + Long.BYTES);
    }

    /**
     * Gives the first entries back.
     *
     * @param count at most what was {@link #available()}
     */
    public void release(int count) {
        read += count;
        if (released != read) {
            released = read;
            layout.cursor(layout.consumer(), read);
        }
    }

    /** {@return the consumer's cursor as the kernel sees it} */
    public int cursor() {
        return layout.cursor(layout.consumer());
    }
}
