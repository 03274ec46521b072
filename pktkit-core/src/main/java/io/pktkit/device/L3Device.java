// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A network interface that moves IP packets. All methods may be called from any thread. */
public interface L3Device extends AutoCloseable {

    /**
     * Names who receives what comes out of this device, in place of whoever did so before. A packet that another thread
     * is delivering at the moment may still reach the previous handler.
     *
     * @param handler the receiver, or null to drop what comes
     */
    void setHandler(@Nullable PacketHandler handler);

    /**
     * Sends a packet into the device. Never blocks on a peer.
     *
     * @param packet on loan until this returns
     * @return false if the packet was dropped; {@link #stats()} tells why
     */
    boolean send(Packet packet);

    /**
     * Tells the device's own address and the subnet it is in.
     *
     * @param family which of its two addresses
     * @return the prefix, with the host bits of the device's address; {@link IpPrefix#unset} if it has none
     */
    IpPrefix prefix(IpFamily family);

    /**
     * Changes the device's address of one family. Takes effect for packets that are sent from then on.
     *
     * @param prefix the address and subnet, or an unset prefix to have none of its family
     */
    void setPrefix(IpPrefix prefix);

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
