// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** The text of an address or prefix that cannot be read. The message says what was wrong and what would be right. */
public final class AddressFormatException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;
    private static final int QUOTED_CHARACTERS = 64;

    /**
     * Describes a text that was refused.
     *
     * @param thing what the text should have been, such as {@code IPv4 address}
     * @param text the text; a long one is cut, so that a message cannot be made huge from outside
     * @param remedy what would have been accepted
     */
    public AddressFormatException(String thing, String text, String remedy) {
        super("not " + thing + ": \"" + quote(text) + "\"; " + remedy);
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), QUOTED_CHARACTERS); i++) {
            char c = text.charAt(i);
            quoted.append(c < ' ' || c > '~' ? '?' : c);
        }
        return text.length() > QUOTED_CHARACTERS ? quoted + "..." : quoted.toString();
    }
}
