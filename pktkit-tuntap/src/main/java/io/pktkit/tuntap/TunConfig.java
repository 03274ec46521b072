// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

/** What a {@link Tun} is opened with. Immutable. */
public final class TunConfig extends InterfaceConfig {

    private TunConfig(Builder builder) {
        super(builder);
    }

    /**
     * Starts with an interface that the kernel names, up, without addresses.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the settings of a {@link TunConfig}. Not thread-safe. */
    public static final class Builder extends InterfaceConfig.Builder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Ends the collection.
         *
         * @return the settings so far
         */
        public TunConfig build() {
            return new TunConfig(this);
        }
    }
}
