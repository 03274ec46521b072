// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.hub.guard.internal.PortGuard;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PortMode} means for one frame: to which VLAN it belongs when it comes in, and in which form it goes out.
 * Immutable; a port replaces its rules as a whole. The port's guard is here too, and that there is one is told together with
 * the VLAN, so that frames of other ports do not pay for the question.
 */
final class VlanRules {

    /** The frame may not enter, or not leave, here. */
    static final int DROP = -1;

    static final int MAX_VLAN = 0xFFF;

    /** Added to the VLAN of a frame that must be judged. */
    static final int GUEST = 0x1000;

    /** The frame leaves as it is. */
    static final int AS_IS = 0;

    /** The frame leaves without the tag that it has. */
    static final int UNTAG = 1;

    /** The frame leaves with the tag of its VLAN. */
    static final int TAG = 2;

    /** IEEE 802.1ad service tag. */
    private static final int SERVICE_TAG = 0x88A8;

    /** The tag of switches that stacked tags before 802.1ad did, and still in use. */
    private static final int OLD_SERVICE_TAG = 0x9100;

    private static final int RESERVED = 0xFFF;

    private final PortMode mode;
    private final boolean access;
    private final boolean transparent;
    private final boolean plain;
    private final int untagged;
    private final VlanSet allowed;
    private final @Nullable PortGuard guard;

    VlanRules(PortMode mode, @Nullable PortGuard guard) {
        this.mode = mode;
        this.guard = guard;
        if (mode instanceof PortMode.Access station) {
            access = true;
            transparent = false;
            untagged = station.vlan();
            allowed = VlanSet.of(station.vlan());
        } else {
            PortMode.Trunk trunk = (PortMode.Trunk) mode;
            access = false;
            transparent = trunk.equals(PortMode.transparent());
            untagged = trunk.allowed().contains(trunk.nativeVlan()) ? trunk.nativeVlan() : PortMode.NO_NATIVE;
            allowed = transparent ? trunk.allowed() : named(trunk.allowed(), untagged);
        }
        plain = transparent && guard == null;
    }

    PortMode mode() {
        return mode;
    }

    /** What judges the frames that come in; null if they are trusted. */
    @Nullable
    PortGuard guard() {
        return guard;
    }

    /** The VLAN of a frame that comes in, with {@link #GUEST} if there is a guard; or {@link #DROP}. */
    int ingress(Frame frame) {
        if (plain) {
            return frame.vlanId();
        }
        int vlan = vlan(frame);
        return guard == null || vlan == DROP ? vlan : vlan | GUEST;
    }

    private int vlan(Frame frame) {
        if (transparent) {
            return frame.vlanId();
        }
        if (!frame.hasVlan() && frame.etherType() == EtherType.VLAN) {
            return DROP; // the tag is cut off in the middle
        }
        int id = frame.vlanId();
        if (access) {
            // A tag behind the one that this port takes off would be acted on by the next switch: VLAN hopping.
            return (id != 0 && id != untagged) || isTag(frame.etherType()) ? DROP : untagged;
        }
        if (id == 0) {
            return untagged; // 802.1Q 6.9.1: a priority tag names no VLAN. DROP if there is no native one.
        }
        return allowed.contains(id) ? id : DROP;
    }

    /** Whether frames of a VLAN leave here at all. */
    boolean carries(int vlan) {
        return allowed.contains(vlan);
    }

    /** Where a guest is that was last heard in a VLAN: one of an access port went along when the port changed. */
    int guestVlan(int heard) {
        return access ? untagged : heard;
    }

    /** The form in which a frame of a VLAN that this port carries leaves here, or {@link #DROP}. */
    int egress(int vlan, Frame frame) {
        boolean tagged = frame.hasVlan();
        if (vlan != untagged) {
            return tagged && frame.vlanId() == vlan ? AS_IS : TAG;
        }
        if (transparent) {
            return AS_IS;
        }
        if (isTag(frame.etherType())) {
            return DROP; // what is left when the tag is gone would be taken for the tag of another VLAN
        }
        return tagged && (access || vlan != 0) ? UNTAG : AS_IS; // a priority tag is at home in VLAN 0
    }

    /**
     * The VLANs that a tag can name. 802.1Q table 9-2: ID 0 is a priority tag, which means the native VLAN to whoever gets
     * it, and 4095 is reserved.
     */
    private static VlanSet named(VlanSet all, int untagged) {
        VlanSet named = all.without(RESERVED);
        return untagged == 0 ? named : named.without(0);
    }

    private static boolean isTag(int etherType) {
        return etherType == EtherType.VLAN || etherType == SERVICE_TAG || etherType == OLD_SERVICE_TAG;
    }
}
