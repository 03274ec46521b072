// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.TransportCipher;
import io.pktkit.wg.internal.crypto.TransportKey;

/** What a handshake ends with. */
public final class SessionKeys {

    private final byte[] send;
    private final byte[] receive;
    private final int remoteIndex;

    SessionKeys(byte[] send, byte[] receive, int remoteIndex) {
        this.send = send;
        this.receive = receive;
        this.remoteIndex = remoteIndex;
    }

    /**
     * Gives the key to send with to a cipher.
     *
     * @param cipher the cipher
     * @return the key in its form
     */
    public TransportKey send(TransportCipher cipher) {
        return cipher.key(send);
    }

    /**
     * Gives the key to receive with to a cipher.
     *
     * @param cipher the cipher
     * @return the key in its form
     */
    public TransportKey receive(TransportCipher cipher) {
        return cipher.key(receive);
    }

    /** {@return the index by which the other end knows the session} */
    public int remoteIndex() {
        return remoteIndex;
    }

    /** Overwrites the keys; those that ciphers took are copies. */
    public void wipe() {
        Secrets.wipe(send, receive);
    }
}
