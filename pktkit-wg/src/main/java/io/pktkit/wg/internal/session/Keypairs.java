// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The three keypairs of a peer. What falls out at the end is killed and told of at once.
 *
 * <p>The responder may not send under a keypair before the initiator has, since the response may have been lost: until
 * then it is {@code next}. Where both initiated at once, the initiator of one session is the responder of the other; it
 * keeps that one as the previous, because its peer sends under it.
 */
public final class Keypairs {

    private final Consumer<Keypair> onDisplaced;
    private @Nullable Keypair next;
    private @Nullable Keypair previous;

    /** Written under the lock of the peer, read by senders without. */
    private volatile @Nullable Keypair current;

    /**
     * Creates three empty places.
     *
     * @param onDisplaced told of each keypair that was killed
     */
    public Keypairs(Consumer<Keypair> onDisplaced) {
        this.onDisplaced = onDisplaced;
    }

    /**
     * Puts in the keypair of a session that we initiated, whose response came.
     *
     * @param fresh the keypair, to send with from now on
     */
    public void initiated(Keypair fresh) {
        displace(previous);
        if (next != null) {
            displace(current);
            previous = next;
            next = null;
        } else {
            previous = current;
        }
        current = fresh;
    }

    /**
     * Puts in the keypair of a session that we responded to.
     *
     * @param fresh the keypair, to receive with
     */
    public void responded(Keypair fresh) {
        displace(next);
        next = fresh;
        displace(previous);
        previous = null;
    }

    /**
     * Tells that a message was received under a keypair, which confirms the next.
     *
     * @param used the keypair
     * @return whether it was the next and is now the current one
     */
    public boolean received(Keypair used) {
        if (used != next) {
            return false;
        }
        displace(previous);
        previous = current;
        current = next;
        next = null;
        return true;
    }

    /** Kills all three. */
    public void clear() {
        displace(next);
        displace(current);
        displace(previous);
        next = null;
        current = null;
        previous = null;
    }

    /** Stops sending under what there is, so that a new session is made. */
    public void stopSending() {
        if (current != null) {
            current.stopSending();
        }
        if (next != null) {
            next.stopSending();
        }
    }

    /** {@return what to send with; any thread} */
    public @Nullable Keypair current() {
        return current;
    }

    /**
     * Tells whether a keypair is older than the current one.
     *
     * @param keypair the keypair
     * @return whether it is
     */
    public boolean isPrevious(Keypair keypair) {
        return keypair == previous;
    }

    /** {@return whether there is none} */
    public boolean isEmpty() {
        return next == null && current == null && previous == null;
    }

    private void displace(@Nullable Keypair keypair) {
        if (keypair != null) {
            keypair.kill();
            onDisplaced.accept(keypair);
        }
    }
}
