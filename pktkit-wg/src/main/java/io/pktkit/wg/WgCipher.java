// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.crypto.BouncyAgreement;
import io.pktkit.wg.internal.crypto.JcaTransportCipher;
import io.pktkit.wg.internal.crypto.KeyAgreement;
import io.pktkit.wg.internal.crypto.LibcryptoAgreement;
import io.pktkit.wg.internal.crypto.LibcryptoTransportCipher;
import io.pktkit.wg.internal.crypto.TransportCipher;
import java.io.IOException;

/**
 * What computes: ChaCha20-Poly1305 for transport data, and X25519 for handshakes. The few bytes that handshakes encrypt are
 * always left to the JDK. Any thread, any engine.
 */
public final class WgCipher {

    private static final WgCipher JCA = new WgCipher("the JDK's ChaCha20-Poly1305", new JcaTransportCipher());

    private final String name;
    private final TransportCipher transport;
    private final KeyAgreement agreement;

    WgCipher(String name, TransportCipher transport) {
        this(name, transport, new BouncyAgreement());
    }

    WgCipher(String name, TransportCipher transport, KeyAgreement agreement) {
        this.name = name;
        this.transport = transport;
        this.agreement = agreement;
    }

    /**
     * {@return the JDK's cipher and BouncyCastle's X25519, which need nothing else; the cipher is about four times faster on
     * JDK 21 and later than on 17}
     */
    public static WgCipher jca() {
        return JCA;
    }

    /**
     * Finds the cipher and X25519 of the system's libcrypto and proves them by known answers. The cipher is three to four
     * times faster than the JDK's on JDK 17, and works where the kernel put a datagram. Where only X25519 is missing,
     * BouncyCastle's is taken, and the name says so. Needs the module {@code io.pktkit.nativeio}.
     *
     * @return the cipher
     * @throws IOException if the module or the library is not there, or its answers are wrong
     */
    public static WgCipher libcrypto() throws IOException {
        try {
            LibcryptoTransportCipher found = new LibcryptoTransportCipher();
            try {
                return new WgCipher("ChaCha20-Poly1305 and X25519 of " + found, found, new LibcryptoAgreement());
            } catch (IOException lacking) {
                return new WgCipher("ChaCha20-Poly1305 of " + found + " with BouncyCastle's X25519", found);
            }
        } catch (NoClassDefFoundError absent) {
            throw new IOException(
                    "libcrypto's cipher needs pktkit-native on the path, as module io.pktkit.nativeio", absent);
        }
    }

    /** {@return what it is, for a line that tells what is in use} */
    @Override
    public String toString() {
        return name;
    }

    TransportCipher transport() {
        return transport;
    }

    KeyAgreement agreement() {
        return agreement;
    }
}
