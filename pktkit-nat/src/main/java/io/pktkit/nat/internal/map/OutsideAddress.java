// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.Nullable;

/** An IPv4 address of ours outside, with its ports of each protocol. */
public final class OutsideAddress {

    private final int address;
    private final int dynamicLow;
    private final int dynamicHigh;
    private final @Nullable PortSpace[] spaces = new PortSpace[Kind.COUNT];

    /** Whose address this is one to one, or null if it is shared. */
    private @Nullable Host owner;

    OutsideAddress(int address, int dynamicLow, int dynamicHigh) {
        this.address = address;
        this.dynamicLow = dynamicLow;
        this.dynamicHigh = dynamicHigh;
    }

    /** {@return the address} */
    public int address() {
        return address;
    }

    /** {@return whose address this is one to one; null if it is shared} */
    public @Nullable Host owner() {
        return owner;
    }

    void owner(@Nullable Host host) {
        owner = host;
    }

    /**
     * Finds who holds a port.
     *
     * @param kind the port space
     * @param port the port, 0 to 65535
     * @return the mapping, alive or not; null if there is none
     */
    @Nullable
    Mapping holder(int kind, int port) {
        PortSpace space = spaces[kind];
        return space == null ? null : space.get(port);
    }

    PortSpace space(int kind) {
        PortSpace space = spaces[kind];
        if (space == null) {
            space = new PortSpace(ranges(kind));
            spaces[kind] = space;
        }
        return space;
    }

    /** Privileged ports are drawn from 600 on, as in Linux, so that no host gets the port of a service. */
    private PortSpace.Range[] ranges(int kind) {
        return switch (kind) {
            case Kind.TCP, Kind.UDP ->
                new PortSpace.Range[] {
                    new PortSpace.Range(600, 1023), new PortSpace.Range(dynamicLow, dynamicHigh),
                };
            default -> new PortSpace.Range[] {new PortSpace.Range(0, 65_535), new PortSpace.Range(0, 65_535)};
        };
    }
}
