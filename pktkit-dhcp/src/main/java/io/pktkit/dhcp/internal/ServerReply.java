// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

/** A message that a server sends: to an address and port, in a frame to a station. The payload belongs to the receiver. */
public final class ServerReply {
    static final long BROADCAST_MAC = 0xFFFF_FFFF_FFFFL;
    static final int BROADCAST_ADDRESS = 0xFFFF_FFFF;

    private final byte[] payload;
    private final int address;
    private final int port;
    private final long mac;

    ServerReply(byte[] payload, int address, int port, long mac) {
        this.payload = payload;
        this.address = address;
        this.port = port;
        this.mac = mac;
    }

    public byte[] payload() {
        return payload;
    }

    public int address() {
        return address;
    }

    public int port() {
        return port;
    }

    public long mac() {
        return mac;
    }
}
