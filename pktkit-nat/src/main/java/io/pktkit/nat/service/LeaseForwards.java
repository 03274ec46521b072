// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.nat.Nat;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLeases.Refusal;
import io.pktkit.nat.service.PortLeases.Wish;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The forwards of a NAT that leases stand for. What its owner forwards is none of them. Any thread. */
final class LeaseForwards {

    private final Nat nat;

    LeaseForwards(Nat nat) {
        this.nat = nat;
    }

    /** The address that ports are of; null if there is none that hosts share. One for all, as NAT-PMP tells all of it at once. */
    @Nullable
    IpAddress outside() {
        List<IpAddress> all = nat.sharedOutsideAddresses();
        return all.isEmpty() ? null : all.get(0);
    }

    /**
     * Makes or renews one.
     *
     * @throws IllegalArgumentException if who asks is no host of its namespace, or there is no address outside
     */
    NatMapping add(Wish wish, Duration lifetime) throws NatForwardException {
        IpAddress outside = outside();
        if (outside == null) {
            throw new IllegalArgumentException("no address outside");
        }
        return nat.mappings()
                .forward(
                        wish.namespace(),
                        wish.protocol(),
                        outside,
                        wish.outsidePort(),
                        wish.client(),
                        wish.clientPort(),
                        wish.from(),
                        wish.link(),
                        lifetime);
    }

    /** Whether the client's port is forwarded from another one than it asks for, by whoever. */
    boolean isElsewhere(Wish wish) {
        NatMapping present = nat.mappings().find(wish.namespace(), wish.protocol(), wish.client(), wish.clientPort());
        return present != null
                && present.origin() == NatMapping.Origin.FORWARD
                && !(present.outsidePort() == wish.outsidePort() && Objects.equals(present.outside(), outside()));
    }

    /** What {@link #add} failed for, in the terms of who asks. */
    static Refusal refusal(NatForwardException e) {
        return switch (e.reason()) {
            case FORWARDED_TO_ANOTHER, PORT_IN_USE -> Refusal.CONFLICT;
            case ENDPOINT_HAS_FORWARD -> Refusal.ENDPOINT_TAKEN;
            case LIMIT -> Refusal.QUOTA;
            case NOT_OUR_ADDRESS, NO_PORT -> Refusal.NO_RESOURCES;
        };
    }

    /** Whether it is there yet: the owner of the NAT may have taken it away. */
    boolean isThere(NatMapping mapping) {
        NatMapping holder = nat.mappings().findOutside(mapping.protocol(), mapping.outside(), mapping.outsidePort());
        return holder != null && holder.id() == mapping.id() && holder.origin() == NatMapping.Origin.FORWARD;
    }

    void remove(NatMapping mapping) {
        nat.mappings().remove(mapping);
    }
}
