// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.ring;

/**
 * A ring that we write and the kernel reads: FILL and TX. Entries are written one by one and published together by
 * {@link #submit}; what is published is what was written, as one cursor counts both.
 */
public final class ProducerRing {

    private final Layout layout;

    /** How far entries are written. */
    private int written;

    /** How far the kernel can see. */
    private int published;

    /** How far the kernel had read when we last looked. */
    private int consumed;

    /**
     * Takes a ring over where it stands.
     *
     * @param layout the ring
     */
    public ProducerRing(Layout layout) {
        this.layout = layout;
        written = layout.cursor(layout.producer());
        published = written;
        consumed = layout.cursor(layout.consumer());
    }

    /** {@return whether there is no room for one entry more} */
    public boolean isFull() {
        if (written - consumed < layout.entries()) {
            return false;
        }
        consumed = layout.cursor(layout.consumer());
        return written - consumed >= layout.entries();
    }

    /**
     * Writes the address of a chunk; the ring must not be {@link #isFull full}.
     *
     * @param address from the start of the memory that the socket was given
     */
    public void put(long address) {
        layout.memory().putLong(layout.entry(written), address);
        written++;
    }

    /**
     * Writes a descriptor; the ring must not be {@link #isFull full}.
     *
     * @param address from the start of the memory that the socket was given
     * @param length bytes
     */
    public void put(long address, int length) {
        int at = layout.entry(written);
        // struct xdp_desc { u64 addr; u32 len; u32 options; }
        layout.memory().putLong(at, address).putInt(at + Long.BYTES, length).putInt(at + Long.BYTES + Integer.BYTES, 0);
        written++;
    }

    /** Lets the kernel see all that was written. */
    public void submit() {
        if (published != written) {
            published = written;
            layout.cursor(layout.producer(), written);
        }
    }

    /** {@return how many entries are written and not published} */
    public int unpublished() {
        return written - published;
    }

    /** {@return how many published entries the kernel has not read yet} */
    public int unread() {
        consumed = layout.cursor(layout.consumer());
        return published - consumed;
    }

    /** {@return whether the kernel wants a call to go on; always, where it cannot tell} */
    public boolean needsWakeup() {
        return layout.needsWakeup();
    }

    /** {@return the producer's cursor as the kernel sees it} */
    public int cursor() {
        return layout.cursor(layout.producer());
    }
}
