// SPDX-License-Identifier: MIT
package io.pktkit.hub;

/** Which VLANs a port of an {@link L2Hub} carries and how its frames are tagged, in the terms of IEEE 802.1Q. */
public sealed interface PortMode permits PortMode.Access, PortMode.Trunk {

    /** The native VLAN of a trunk that has none. */
    int NO_NATIVE = -1;

    /** {@return the mode of a new port: all VLANs, and every frame leaves as it came} */
    static PortMode transparent() {
        return Trunk.TRANSPARENT;
    }

    /**
     * A port to a station that knows nothing of VLANs.
     *
     * @param vlan the VLAN that the station is in
     * @return the mode
     */
    static PortMode access(int vlan) {
        return new Access(vlan);
    }

    /**
     * A port to a switch, a router or a host that tags its frames.
     *
     * @param allowed the VLANs that the port carries
     * @return the mode, in which untagged frames are dropped
     */
    static PortMode trunk(VlanSet allowed) {
        return new Trunk(allowed, NO_NATIVE);
    }

    /**
     * A port to a switch, a router or a host that tags its frames, except those of one VLAN.
     *
     * @param allowed the VLANs that the port carries
     * @param nativeVlan the VLAN of untagged frames
     * @return the mode
     */
    static PortMode trunk(VlanSet allowed, int nativeVlan) {
        return new Trunk(allowed, nativeVlan);
    }

    /**
     * One VLAN, untagged. A frame that comes in with the tag of this VLAN is accepted, and so is a priority tag; with any
     * other tag it is dropped.
     *
     * @param vlan the VLAN ID, 0 to 4094; 0 is for frames that are in no VLAN
     */
    record Access(int vlan) implements PortMode {

        /**
         * Checks the ID.
         *
         * @param vlan the VLAN ID
         */
        public Access {
            checkVlan("vlan", vlan);
        }
    }

    /**
     * Several VLANs, tagged. A frame without a tag, or with a priority tag, belongs to the native VLAN. Frames that are in
     * no VLAN, ID 0, are carried only if 0 is the native VLAN, because a tag with ID 0 names none; ID 4095 is reserved
     * and not carried.
     *
     * @param allowed the VLANs that the port carries
     * @param nativeVlan the VLAN whose frames are untagged, 0 to 4094, or {@link #NO_NATIVE}; it is carried only if it is
     *     also allowed
     */
    record Trunk(VlanSet allowed, int nativeVlan) implements PortMode {

        private static final Trunk TRANSPARENT = new Trunk(VlanSet.all(), 0);

        /**
         * Checks the native VLAN.
         *
         * @param allowed the VLANs that the port carries
         * @param nativeVlan the VLAN whose frames are untagged
         */
        public Trunk {
            if (nativeVlan != NO_NATIVE) {
                checkVlan("nativeVlan", nativeVlan);
            }
        }
    }

    private static void checkVlan(String name, int vlan) {
        // 4095 is reserved, IEEE 802.1Q table 9-2.
        if (vlan < 0 || vlan > 4094) {
            throw new IllegalArgumentException(name + " must be in [0, 4094]: " + name + "=" + vlan);
        }
    }
}
