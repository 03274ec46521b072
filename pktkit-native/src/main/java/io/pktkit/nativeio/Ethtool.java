// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** What a driver says of an interface ({@code ioctl SIOCETHTOOL}). In the calling thread's network namespace. */
public final class Ethtool {

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SIOCETHTOOL = 0x8946;

    /** {@code struct ethtool_drvinfo}. */
    private static final int GET_DRIVER = 0x3;

    private static final int DRIVER_SIZE = 196;
    private static final int DRIVER_NAME = 4;
    private static final int DRIVER_NAME_SIZE = 32;

    /** {@code struct ethtool_channels}: the command, four maxima, and rx, tx, other and combined. */
    private static final int GET_CHANNELS = 0x3c;

    private static final int CHANNELS_SIZE = 36;
    private static final int CHANNELS_RX = 20;
    private static final int CHANNELS_COMBINED = 32;

    /** {@code struct ethtool_rxnfc}, whole: a kernel reads and writes all of it for this command, too. */
    private static final int GET_RX_RINGS = 0x2d;

    private static final int RXNFC_SIZE = 192;
    private static final int RXNFC_DATA = 8;

    /** {@code ifr_data}. */
    private static final int IFREQ_DATA = Ifreq.NAME_SIZE;

    private Ethtool() {}

    /**
     * Asks for the driver.
     *
     * @param interfaceName the interface
     * @return its name, such as {@code veth}; empty when it does not say
     * @throws IOException when this is not Linux or no socket can be had
     */
    public static String driver(String interfaceName) throws IOException {
        ByteBuffer answer = Structs.allocate(DRIVER_SIZE).putInt(0, GET_DRIVER);
        return ask(interfaceName, answer) < 0 ? "" : Structs.cString(answer, DRIVER_NAME, DRIVER_NAME_SIZE);
    }

    /**
     * Asks how many queues the interface receives on.
     *
     * @param interfaceName the interface
     * @return how many, at least 1, which is also what is told of an interface that does not say
     * @throws IOException when this is not Linux or no socket can be had
     */
    public static int receiveQueues(String interfaceName) throws IOException {
        ByteBuffer channels = Structs.allocate(CHANNELS_SIZE).putInt(0, GET_CHANNELS);
        if (ask(interfaceName, channels) >= 0) {
            int queues = channels.getInt(CHANNELS_RX) + channels.getInt(CHANNELS_COMBINED);
            if (queues > 0) {
                return queues;
            }
        }
        ByteBuffer rings = Structs.allocate(RXNFC_SIZE).putInt(0, GET_RX_RINGS);
        return ask(interfaceName, rings) < 0 ? 1 : Math.max(1, (int) rings.getLong(RXNFC_DATA));
    }

    private static int ask(String interfaceName, ByteBuffer structure) throws IOException {
        Ifreq.checkName(interfaceName);
        try (NativeFd socket = NativeFd.socket(AF_INET, SOCK_DGRAM, 0)) {
            ByteBuffer request = new Ifreq(interfaceName).memory().putLong(IFREQ_DATA, LibC.address(structure));
            return socket.ioctl(SIOCETHTOOL, request);
        } finally {
            Reference.reachabilityFence(structure);
        }
    }
}
