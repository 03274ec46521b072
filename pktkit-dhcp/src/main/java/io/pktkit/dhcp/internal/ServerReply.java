// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.device.DropReason;
import org.jspecify.annotations.Nullable;

/**
 * What a server does about a message: it sends another, to an address and port in a frame to a station; or it has nothing to say,
 * because it did what was wanted or because it ignored it. The payload belongs to the receiver.
 */
public final class ServerReply {
    /** What was wanted is done, and wants no answer. */
    static final ServerReply DONE = new ServerReply(null, 0, 0, 0, null);

    static final long BROADCAST_MAC = 0xFFFF_FFFF_FFFFL;
    static final int BROADCAST_ADDRESS = 0xFFFF_FFFF;

    private final byte @Nullable [] payload;
    private final int address;
    private final int port;
    private final long mac;
    private final @Nullable DropReason reason;

    ServerReply(byte[] payload, int address, int port, long mac) {
        this(payload, address, port, mac, null);
    }

    private ServerReply(byte @Nullable [] payload, int address, int port, long mac, @Nullable DropReason reason) {
        this.payload = payload;
        this.address = address;
        this.port = port;
        this.mac = mac;
        this.reason = reason;
    }

    static ServerReply ignored(DropReason reason) {
        return new ServerReply(null, 0, 0, 0, reason);
    }

    /** Why the message was ignored, or null if it was not. */
    public @Nullable DropReason reason() {
        return reason;
    }

    /** What to send, or null for silence. */
    public byte @Nullable [] payload() {
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
