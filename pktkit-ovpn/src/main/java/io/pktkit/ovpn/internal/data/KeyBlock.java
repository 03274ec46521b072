// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.Secrets;
import io.pktkit.ovpn.internal.wire.Bytes;
import java.util.Arrays;

/**
 * The 256 bytes that the keys of the data channel are cut from: for each direction 64 for the cipher and 64 for the HMAC
 * or the implicit IV. The client sends with the first half, the server with the second. To be wiped.
 */
public final class KeyBlock {

    /** Its bytes. */
    public static final int LENGTH = 256;

    private static final int PART = 64;
    private static final int SESSION_ID = 8;

    private final byte[] bytes;

    private KeyBlock(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * What each side brings to the exchange in key method 2.
     *
     * @param preMaster 48 bytes, from the client; empty from the server
     * @param random1 32 bytes
     * @param random2 32 bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    public record Source(byte[] preMaster, byte[] random1, byte[] random2) {

        /** Overwrites all of it. */
        public void wipe() {
            Secrets.wipe(preMaster, random1, random2);
        }
    }

    /**
     * Takes what TLS exported (RFC 5705) with the label EXPORTER-OpenVPN-datakeys.
     *
     * @param exported 256 bytes, owned by the block from now on
     * @return the block
     */
    public static KeyBlock exported(byte[] exported) {
        if (exported.length != LENGTH) {
            throw new IllegalArgumentException("256 bytes of key material are needed: length=" + exported.length);
        }
        return new KeyBlock(exported);
    }

    /**
     * Derives the block by the PRF of TLS 1.0, for clients that do not export.
     *
     * @param client what the client brought
     * @param server what the server brought
     * @param clientSession the client's session id
     * @param serverSession the server's session id
     * @return the block
     */
    public static KeyBlock derive(Source client, Source server, long clientSession, long serverSession) {
        byte[] master = Prf.derive(client.preMaster, "OpenVPN master secret", 48, client.random1, server.random1);
        byte[] sessions = new byte[2 * SESSION_ID];
        Bytes.putLong(sessions, 0, clientSession);
        Bytes.putLong(sessions, SESSION_ID, serverSession);
        byte[] block = Prf.derive(master, "OpenVPN key expansion", LENGTH, client.random2, server.random2, sessions);
        Secrets.wipe(master);
        return new KeyBlock(block);
    }

    /**
     * The cipher part of a direction.
     *
     * @param fromServer which direction
     * @return 64 bytes, a copy
     */
    public byte[] cipher(boolean fromServer) {
        return part(fromServer ? 2 : 0);
    }

    /**
     * The HMAC part of a direction.
     *
     * @param fromServer which direction
     * @return 64 bytes, a copy
     */
    public byte[] hmac(boolean fromServer) {
        return part(fromServer ? 3 : 1);
    }

    /** Overwrites it. */
    public void wipe() {
        Secrets.wipe(bytes);
    }

    private byte[] part(int index) {
        return Arrays.copyOfRange(bytes, index * PART, (index + 1) * PART);
    }
}
