// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.negotiate;

import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import org.jspecify.annotations.Nullable;

/**
 * The options string, with which peers before NCP checked that they agree. A mismatch is worth a warning in the client's
 * log and nothing more, so ours is made of the client's: it says what the server does where that is known to be the same.
 */
public final class OptionsString {

    private static final int MOST = 64;
    private static final int MAX_LENGTH = 512;

    private final String text;

    /**
     * Takes a client's string.
     *
     * @param text the string, of a stranger
     */
    public OptionsString(String text) {
        this.text = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) : text;
    }

    /** {@return the cipher that it names; null if it names none, or one that is not supported} */
    public @Nullable DataCipher cipher() {
        String name = value("cipher");
        return name == null ? null : DataCipher.of(name);
    }

    /** {@return the digest that it names; SHA1, the default, if it names none; null if it is not supported} */
    public @Nullable AuthDigest digest() {
        String name = value("auth");
        return name == null ? AuthDigest.SHA1 : AuthDigest.of(name);
    }

    /** {@return whether the client has a frame for compression} */
    public boolean hasCompression() {
        return value("comp-lzo") != null;
    }

    /**
     * Tells whether the client's device is of the server's kind.
     *
     * @param tap whether the server's is tap
     * @return false if the client tells that it has the other kind
     */
    public boolean fits(boolean tap) {
        String type = value("dev-type");
        return type == null || type.equals(tap ? "tap" : "tun");
    }

    /** {@return what the server answers} */
    public String answer() {
        if (!text.startsWith("V4")) {
            return "V4";
        }
        StringBuilder answer = new StringBuilder();
        for (String option : text.split(",", MOST)) {
            answer.append(answer.isEmpty() ? "" : ",")
                    .append(
                            switch (option) {
                                case "tls-client" -> "tls-server";
                                case "keydir 1" -> "keydir 0";
                                case "proto TCPv4_CLIENT" -> "proto TCPv4_SERVER";
                                case "proto TCPv6_CLIENT" -> "proto TCPv6_SERVER";
                                default -> option;
                            });
        }
        return answer.toString();
    }

    private @Nullable String value(String name) {
        for (String option : text.split(",", MOST)) {
            if (option.equals(name)) {
                return "";
            }
            if (option.startsWith(name + " ")) {
                return option.substring(name.length() + 1).strip();
            }
        }
        return null;
    }
}
