// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.lab.LanConfig;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One kind of thing that {@code up} attaches to its LAN or does with it, with the options of its own: a picocli mixin of
 * {@link UpCommand}, which asks the parts in the order of {@link UpCommand#parts}. So the command grows by parts, and none
 * knows another.
 */
interface UpPart {
    /** Whether an option asks for something that {@code up} can stay for. */
    boolean attaches();

    /** The subnet that it needs, if nobody says {@code --subnet}; null for any. */
    default @Nullable IpPrefix subnet() throws UsageException {
        return null;
    }

    /** Judges the options, and says what the LAN must be like. Nothing is brought up yet. */
    default void configure(LanConfig.Builder config) throws UsageException {}

    /** Brings up what was asked for, if anything was; what must be closed before the LAN is left to {@link RunningLan#own}. */
    void open(RunningLan running) throws UsageException, IOException;

    /** Judges the options by what there is now: the names of what was attached, or that guests will be attached under. */
    default void opened(Set<String> attachments) throws UsageException {}

    /** Whether standard output is to be left to this. */
    default boolean takesStandardOutput() {
        return false;
    }

    /** Hears of a guest's lease, on a thread that may block. */
    default void onLease(ServerLease lease, LeaseEvent event) {}

    /** Words for the ready line, a kind and a name, such as {@code tap pk0}; as many as there are things. */
    List<String> ready();

    /** Lines after the ready line that tell how it works here: what the kernel takes over, and why not more. */
    default List<String> details() {
        return List.of();
    }

    /** Lines after those that tell how to make use of it. */
    default List<String> hints() {
        return List.of();
    }
}
