// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.nativeio.Ifreq;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a TUN and a TAP interface are both opened with. Immutable. */
public abstract sealed class InterfaceConfig permits TapConfig, TunConfig {

    /** The smallest MTU: what every IPv4 host must take whole, RFC 791 section 3.2. */
    public static final int MIN_MTU = 68;

    /** The largest MTU: the longest IPv4 packet. A TAP interface takes 14 less. */
    public static final int MAX_MTU = 65535;

    /** The largest number of queues; more than there are processors is of no use. */
    public static final int MAX_QUEUES = 64;

    private final String name;
    private final int queues;
    private final List<IpPrefix> addresses;
    private final List<InterfaceRoute> routes;
    private final int mtu;
    private final boolean up;
    private final OffloadMode offload;

    InterfaceConfig(Builder<?> builder) {
        name = builder.name;
        queues = builder.queues;
        addresses = List.copyOf(builder.addresses);
        routes = List.copyOf(builder.routes);
        mtu = builder.mtu;
        up = builder.up;
        offload = builder.offload;
    }

    /** {@return the interface's name, or an empty string when the kernel is to choose} */
    public final String name() {
        return name;
    }

    /** {@return how many queues the interface has} */
    public final int queues() {
        return queues;
    }

    /** {@return the kernel's addresses on the interface, at most one of each family} */
    public final List<IpPrefix> addresses() {
        return addresses;
    }

    /** {@return the routes through the interface} */
    public final List<InterfaceRoute> routes() {
        return routes;
    }

    /** {@return the MTU in bytes, or 0 for the kernel's choice of 1500} */
    public final int mtu() {
        return mtu;
    }

    /** {@return whether the interface is brought up} */
    public final boolean up() {
        return up;
    }

    /** {@return whether the kernel may hand over super-segments, and is given them} */
    public final OffloadMode offload() {
        return offload;
    }

    static void checkMtu(int mtu) {
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + mtu);
        }
    }

    static void checkAddress(IpPrefix address) {
        if (address.address().isUnspecified() || address.address().isMulticast()) {
            throw new IllegalArgumentException("an interface address is a unicast address: address=" + address);
        }
    }

    /**
     * Collects the settings. Not thread-safe.
     *
     * @param <B> the builder itself
     */
    public abstract static sealed class Builder<B extends Builder<B>> permits TapConfig.Builder, TunConfig.Builder {

        private String name = "";
        private int queues = 1;
        private final List<IpPrefix> addresses = new ArrayList<>();
        private final List<InterfaceRoute> routes = new ArrayList<>();
        private int mtu;
        private boolean up = true;
        private OffloadMode offload = OffloadMode.AUTO;

        Builder() {}

        abstract B self();

        /**
         * Names the interface. An existing one of that name is taken if it is persistent and of the same kind. macOS has no
         * other names than {@code utun} with a number, and no persistent ones.
         *
         * @param name 1 to 15 bytes of UTF-8; or empty, as at first, to let the kernel choose
         * @return this
         * @throws IllegalArgumentException when the kernel would refuse the name, or shorten it
         */
        public B name(String name) {
            if (!name.isEmpty()) {
                Ifreq.checkName(name);
            }
            this.name = name;
            return self();
        }

        /**
         * Gives the interface several queues, each read by a thread of its own. There is one unless this is called: who is
         * attached then hears one message at a time, in order. With several, messages come from several threads at once, and
         * only those of one flow (addresses, protocol and ports) keep their order. A persistent interface must have been made
         * for it ({@code ip tuntap add ... multi_queue}). Linux only.
         *
         * @param queues 1 to {@link #MAX_QUEUES}
         * @return this
         * @throws IllegalArgumentException if it is out of range
         */
        public B queues(int queues) {
            if (queues < 1 || queues > MAX_QUEUES) {
                throw new IllegalArgumentException("queues must be in [1, " + MAX_QUEUES + "]: queues=" + queues);
            }
            this.queues = queues;
            return self();
        }

        /**
         * Gives the kernel an address on the interface, and with it a route to the address's subnet.
         *
         * @param address the address and subnet; one of the same family given before is replaced
         * @return this
         */
        public B address(IpPrefix address) {
            checkAddress(address);
            addresses.removeIf(other -> other.family() == address.family());
            addresses.add(address);
            return self();
        }

        /**
         * Routes a destination through the interface. It must be up.
         *
         * @param destination the destination, of which host bits are ignored; length 0 for the default route
         * @param gateway the next hop, or null when the destination is on the link
         * @return this
         */
        public B route(IpPrefix destination, @Nullable IpAddress gateway) {
            routes.add(new InterfaceRoute(destination, gateway));
            return self();
        }

        /**
         * Sets the MTU.
         *
         * @param mtu in bytes, {@link #MIN_MTU} to {@link #MAX_MTU}; below 1280 the kernel turns IPv6 off there
         * @return this
         */
        public B mtu(int mtu) {
            checkMtu(mtu);
            this.mtu = mtu;
            return self();
        }

        /**
         * Says whether the interface is brought up, as it is unless this is called.
         *
         * @param up false to leave it down
         * @return this
         */
        public B up(boolean up) {
            this.up = up;
            return self();
        }

        /**
         * Chooses whether the kernel may hand over TCP and UDP super-segments and packets whose checksum is pending, and is
         * given them. {@link OffloadMode#AUTO} unless this is called. A receiver that is attached without a hub or link
         * between gets them as they are; with {@link OffloadMode#OFF} it gets what a wire would carry. macOS has none.
         *
         * @param mode the choice
         * @return this
         */
        public B offload(OffloadMode mode) {
            offload = mode;
            return self();
        }
    }
}
