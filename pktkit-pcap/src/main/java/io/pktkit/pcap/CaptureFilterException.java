// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/** A text that is no capture filter. The message tells where and what would have been one. */
public final class CaptureFilterException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** Where in the text, counted from 0. */
    private final int position;

    /**
     * Describes a text that was refused.
     *
     * @param message what is wrong, and what was expected
     * @param position the first character that could not be read, from 0
     */
    public CaptureFilterException(String message, int position) {
        super(message);
        this.position = position;
    }

    /** {@return the first character that could not be read, from 0} */
    public int position() {
        return position;
    }
}
