// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.device.AbstractDevice;
import org.jspecify.annotations.Nullable;

/**
 * An interface of a namespace. Of several, a host is where its latest packet came from. Made by {@link NatEngine#addLink},
 * and used under the same rule of threads as the engine.
 */
public final class NatLink {

    final NatInside inside;
    boolean closed;
    private int mtu = AbstractDevice.DEFAULT_MTU;
    private @Nullable Object attachment;

    NatLink(NatInside inside) {
        this.inside = inside;
    }

    /** {@return the namespace} */
    public NatInside inside() {
        return inside;
    }

    /** {@return the longest packet that it takes, in bytes} */
    public int mtu() {
        return mtu;
    }

    /**
     * Says what it takes.
     *
     * @param bytes the longest packet, 68 to 65 535
     */
    public void mtu(int bytes) {
        if (bytes < 68 || bytes > 65_535) {
            throw new IllegalArgumentException("mtu must be in [68, 65535]: mtu=" + bytes);
        }
        mtu = bytes;
    }

    /** {@return what was kept with it} */
    public @Nullable Object attachment() {
        return attachment;
    }

    /**
     * Keeps something with it, for who sends what the engine wants sent.
     *
     * @param kept anything
     */
    public void attach(@Nullable Object kept) {
        attachment = kept;
    }
}
