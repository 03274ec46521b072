// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

/** What can be asked and changed by the protocol. Called by one thread at a time. */
public interface UapiTarget {

    /** {@return what it is like at this moment} */
    UapiDevice get();

    /**
     * Carries a request out.
     *
     * @param update what is asked for
     * @throws UapiException if it cannot be done; what came before in the request may have been
     */
    void set(UapiUpdate update) throws UapiException;
}
