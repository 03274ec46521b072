// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.wg.internal.crypto.Blake2s;
import io.pktkit.wg.internal.crypto.Blake2sMac;
import java.nio.charset.StandardCharsets;

/** What follows from the public key of whom a handshake message is for. Immutable. */
public final class ResponderKeys {

    private static final byte[] LABEL_MAC1 = "mac1----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LABEL_COOKIE = "cookie--".getBytes(StandardCharsets.US_ASCII);

    private final byte[] initialHash;
    private final Blake2sMac mac1;
    private final byte[] cookieKey;

    /**
     * Computes them.
     *
     * @param publicKey the receiver's key
     */
    public ResponderKeys(byte[] publicKey) {
        this.initialHash = Transcript.initialHash(publicKey);
        this.mac1 = new Blake2sMac(Blake2s.hash(LABEL_MAC1, publicKey));
        this.cookieKey = Blake2s.hash(LABEL_COOKIE, publicKey);
    }

    /** {@return the MAC that shows that the sender knows the receiver's key} */
    public Blake2sMac mac1() {
        return mac1;
    }

    /** {@return the key of cookie replies that the receiver sends; not to be changed} */
    public byte[] cookieKey() {
        return cookieKey;
    }

    Transcript begin() {
        return Transcript.begin(initialHash);
    }
}
