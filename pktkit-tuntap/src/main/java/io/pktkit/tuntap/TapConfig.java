// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/** What a {@link Tap} is opened with. Immutable. */
public final class TapConfig extends InterfaceConfig {

    private final @Nullable MacAddress macAddress;

    private TapConfig(Builder builder) {
        super(builder);
        macAddress = builder.macAddress;
    }

    /**
     * Starts with an interface that the kernel names, up, without addresses.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the address of this program's end, or null when a random one is made} */
    public @Nullable MacAddress macAddress() {
        return macAddress;
    }

    /** Collects the settings of a {@link TapConfig}. Not thread-safe. */
    public static final class Builder extends InterfaceConfig.Builder<Builder> {

        private @Nullable MacAddress macAddress;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the address of this program's end, {@link Tap#macAddress()}. It is not the kernel's.
         *
         * @param macAddress a unicast address
         * @return this
         */
        public Builder macAddress(MacAddress macAddress) {
            if (!macAddress.isUnicast() || macAddress.equals(MacAddress.ZERO)) {
                throw new IllegalArgumentException("macAddress must be unicast and not zero: macAddress=" + macAddress);
            }
            this.macAddress = macAddress;
            return this;
        }

        /**
         * Ends the collection.
         *
         * @return the settings so far
         */
        public TapConfig build() {
            return new TapConfig(this);
        }
    }
}
