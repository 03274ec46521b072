// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;

/** The part of an {@link L3Device} that all have in common; see {@link AbstractDevice} for what a subclass does. */
public abstract class AbstractL3Device extends AbstractDevice<Packet> implements L3Device {

    private volatile IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
    private volatile IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);

    /** Creates an open device without an address, to which nobody is attached, with an MTU of {@link #DEFAULT_MTU}. */
    protected AbstractL3Device() {}

    @Override
    public final IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A subclass that must tell somebody else about it overrides this and calls {@code super.setPrefix}.
     */
    @Override
    public void setPrefix(IpPrefix prefix) {
        if (prefix.equals(prefix(prefix.family()))) {
            return;
        }
        if (prefix.family() == IpFamily.IPV4) {
            ipv4 = prefix;
        } else {
            ipv6 = prefix;
        }
        changed();
    }
}
