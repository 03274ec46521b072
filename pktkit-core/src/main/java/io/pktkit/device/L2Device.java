// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A network interface that moves Ethernet frames. All methods may be called from any thread. */
public interface L2Device extends AutoCloseable {

    /**
     * Names who receives what comes out of this device, in place of whoever did so before. A frame that another thread
     * is delivering at the moment may still reach the previous handler.
     *
     * @param handler the receiver, or null to drop what comes
     */
    void setHandler(@Nullable FrameHandler handler);

    /**
     * Sends a frame into the device. Never blocks on a peer.
     *
     * @param frame on loan until this returns
     * @return false if the frame was dropped; {@link #stats()} tells why
     */
    boolean send(Frame frame);

    /**
     * Tells the device's own address.
     *
     * @return the address; {@link MacAddress#ZERO} if it has none
     */
    MacAddress macAddress();

    /**
     * Counts what the device did.
     *
     * @return the live counters, the same object on each call
     */
    DeviceStats stats();

    /**
     * Tells when the device is finished: closed here, or gone on its far side.
     *
     * @return a stage that completes then, after the last callback
     */
    CompletionStage<Void> done();

    /**
     * Tells what {@link #send} accepts unfinished.
     *
     * @return an immutable set, the same for the life of the device; empty unless the device says otherwise
     */
    default Set<Offload> offloads() {
        return Set.of();
    }

    /** Stops the device. Idempotent; no callback runs after it returned, see the package description. */
    @Override
    void close();
}
