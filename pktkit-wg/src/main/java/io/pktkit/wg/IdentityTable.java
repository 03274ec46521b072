// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.cookie.CookieChecker;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The identities of an engine. Its monitor is the lock under which identities and peers come and go; it is taken before
 * that of a peer, and never on the way of a datagram.
 */
final class IdentityTable {

    /** An initiation is tried on each, at a microsecond each. */
    private static final int MOST = 256;

    private volatile List<WgIdentity> identities = List.of();
    private boolean closed;

    synchronized void add(WgIdentity identity) {
        if (closed) {
            throw new IllegalStateException("the engine is closed: closed=true");
        }
        if (identities.size() >= MOST) {
            throw new IllegalStateException("too many identities: most=" + MOST);
        }
        checkFree(identity.publicKey());
        List<WgIdentity> more = new ArrayList<>(identities);
        more.add(identity);
        identities = List.copyOf(more);
    }

    synchronized void remove(WgIdentity identity) {
        if (identities.contains(identity)) {
            List<WgIdentity> fewer = new ArrayList<>(identities);
            fewer.remove(identity);
            identities = List.copyOf(fewer);
            identity.remove();
        }
    }

    synchronized void close() {
        closed = true;
        for (WgIdentity identity : identities) {
            remove(identity);
        }
    }

    /** Throws if an identity has the key. The lock is held. */
    void checkFree(WgPublicKey key) {
        for (WgIdentity identity : identities) {
            if (identity.publicKey().equals(key)) {
                throw new IllegalArgumentException(
                        "two identities with one key cannot be told apart: publicKey=" + key);
            }
        }
    }

    List<WgIdentity> all() {
        return identities;
    }

    /** Finds whom a handshake message is for. */
    @Nullable
    WgIdentity addressee(byte[] message) {
        for (WgIdentity identity : identities) {
            if (CookieChecker.hasMac1(identity.keys().responder(), message)) {
                return identity;
            }
        }
        return null;
    }
}
