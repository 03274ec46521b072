// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

/** Hears what a core does. Called by it in the middle of its work, so it must not call back. */
public interface CoreListener {

    /**
     * There is a new mapping.
     *
     * @param mapping the mapping
     */
    void created(Mapping mapping);

    /**
     * A mapping is gone, its sessions before it.
     *
     * @param mapping the mapping
     */
    void removed(Mapping mapping);

    /**
     * A session is gone.
     *
     * @param session the session
     */
    void ended(Session session);

    /**
     * An open TCP connection has been idle for so long that one asks whether it is still there.
     *
     * @param session the session, transitory now
     * @param now the time
     */
    void idle(Session session, long now);
}
