// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgEngineConfig;
import io.pktkit.wg.WgPeerListener;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.function.Consumer;

/** What a port is opened with. Immutable. */
public final class WgPortConfig {

    private final DatagramConfig datagrams;
    private final Timers timers;
    private final InstantSource wallClock;
    private final SecureRandom random;
    private final HostResolver resolver;
    private final WgPeerListener listener;
    private final Consumer<WgEngineConfig> engine;
    private final boolean threads;

    private WgPortConfig(Builder builder) {
        this.datagrams = builder.datagrams;
        this.timers = builder.timers;
        this.wallClock = builder.wallClock;
        this.random = builder.random;
        this.resolver = builder.resolver;
        this.listener = builder.listener;
        this.engine = builder.engine;
        this.threads = builder.threads;
    }

    /** {@return a builder of a port on all addresses, with a number of the system's choice} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The configuration of a port on all addresses of this host. WireGuard does not answer strangers.
     *
     * @param number the UDP port, 0 for one of the system's choice
     * @return the configuration
     */
    public static WgPortConfig onPort(int number) {
        return builder()
                .datagrams(DatagramConfig.builder().port(number).build())
                .build();
    }

    /** {@return the configuration of a port that only calls out, with a number of the system's choice} */
    public static WgPortConfig client() {
        return builder().build();
    }

    DatagramConfig datagrams() {
        return datagrams;
    }

    Timers timers() {
        return timers;
    }

    InstantSource wallClock() {
        return wallClock;
    }

    SecureRandom random() {
        return random;
    }

    HostResolver resolver() {
        return resolver;
    }

    WgPeerListener listener() {
        return listener;
    }

    Consumer<WgEngineConfig> engine() {
        return engine;
    }

    boolean threads() {
        return threads;
    }

    /** Collects what differs from the defaults. Not for several threads. */
    public static final class Builder {

        private DatagramConfig datagrams = DatagramConfig.builder().build();
        private Timers timers = SystemTimers.shared();
        private InstantSource wallClock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();
        private HostResolver resolver = HostResolver.system();
        private WgPeerListener listener = new WgPeerListener() {};
        private Consumer<WgEngineConfig> engine = settings -> {};
        private boolean threads = true;

        private Builder() {}

        /**
         * Sets what the port is bound to, unless it is opened over an endpoint that is given.
         *
         * @param config addresses, number, buffers
         * @return this
         */
        public Builder datagrams(DatagramConfig config) {
            datagrams = config;
            return this;
        }

        /**
         * Sets the clock; the system's unless told otherwise.
         *
         * @param clock the clock of all deadlines, whose callbacks call user code
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = clock;
            return this;
        }

        /**
         * Sets the time of day, which the timestamps of handshakes are made of.
         *
         * @param clock the clock
         * @return this
         */
        public Builder wallClock(InstantSource clock) {
            wallClock = clock;
            return this;
        }

        /**
         * Sets where keys and indexes come from.
         *
         * @param source the source, used by several threads
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = source;
            return this;
        }

        /**
         * Sets who resolves the names of endpoints; the system unless told otherwise.
         *
         * @param names the resolver
         * @return this
         */
        public Builder resolver(HostResolver names) {
            resolver = names;
            return this;
        }

        /**
         * Sets who is told of what happens to peers. It is called on a callback thread, one call at a time, and may block.
         * What happens to a peer meanwhile is told once.
         *
         * @param told the listener
         * @return this
         */
        public Builder listener(WgPeerListener told) {
            listener = told;
            return this;
        }

        /**
         * Adjusts the limits and the cipher of the engine. A listener that this sets is not used.
         *
         * @param adjusts changes the settings when the port is opened
         * @return this
         */
        public Builder engine(Consumer<WgEngineConfig> adjusts) {
            engine = adjusts;
            return this;
        }

        /**
         * Makes a port without threads: it receives when {@link WgPort#poll} is called, and handshakes and timers run on
         * whichever thread they come up on. For a program with a loop of its own, and for tests in virtual time.
         *
         * @return this
         */
        public Builder withoutThreads() {
            threads = false;
            return this;
        }

        /** {@return the configuration} */
        public WgPortConfig build() {
            return new WgPortConfig(this);
        }
    }
}
