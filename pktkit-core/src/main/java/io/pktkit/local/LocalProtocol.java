// SPDX-License-Identifier: MIT
package io.pktkit.local;

import java.util.function.UnaryOperator;

/**
 * How requests on a {@link LocalServer} end, and what is answered.
 *
 * @param blankLine whether a request ends with an empty line; otherwise it is one line
 * @param maxRequest how many bytes a request may have; who sends more is disconnected
 * @param answers is given a request without its end, and gives the answer with its end; called on the server's thread,
 *     one call at a time, and must not wait for a peer
 */
public record LocalProtocol(boolean blankLine, int maxRequest, UnaryOperator<String> answers) {

    /**
     * Checks the bound.
     *
     * @param blankLine whether a request ends with an empty line
     * @param maxRequest how many bytes a request may have
     * @param answers who answers
     */
    public LocalProtocol {
        if (maxRequest < 1) {
            throw new IllegalArgumentException("maxRequest must be positive: maxRequest=" + maxRequest);
        }
    }
}
