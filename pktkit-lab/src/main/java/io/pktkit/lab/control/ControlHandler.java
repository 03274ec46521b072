// SPDX-License-Identifier: MIT
package io.pktkit.lab.control;

import java.io.IOException;
import java.util.Map;

/** Carries a verb out. */
@FunctionalInterface
public interface ControlHandler {

    /**
     * Carries it out, on the socket's thread.
     *
     * @param arguments what it was given
     * @return the result: strings, numbers, booleans, and lists and maps of them
     * @throws IOException if it could not be done, whose message is the answer
     * @throws IllegalArgumentException if the arguments are wrong, likewise
     */
    Map<String, Object> handle(ControlArguments arguments) throws IOException;
}
