// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.negotiate;

import io.pktkit.ovpn.key.DataCipher;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a client tells of itself: lines of NAME=VALUE. */
public final class PeerInfo {

    /** The bits of IV_PROTO. */
    public static final int DATA_V2 = 1 << 1;

    /** The client takes a PUSH_REPLY that it has not asked for. */
    public static final int REQUEST_PUSH = 1 << 2;

    /** The client can derive keys by exporting. */
    public static final int TLS_KEY_EXPORT = 1 << 3;

    /** The client understands AUTH_PENDING with a keyword. */
    public static final int AUTH_PENDING_KW = 1 << 4;

    /** The client splits options by NCP in P2P mode. */
    public static final int NCP_P2P = 1 << 5;

    /** The client understands {@code dns} options, in the form of 2.6. */
    public static final int DNS_OPTION = 1 << 6;

    /** The client understands EXIT as a control message. */
    public static final int CC_EXIT_NOTIFY = 1 << 7;

    /** The client understands AUTH_FAILED,TEMP. */
    public static final int AUTH_FAIL_TEMP = 1 << 8;

    /** The client can do dynamic tls-crypt. */
    public static final int DYN_TLS_CRYPT = 1 << 9;

    /** The client can do epoch data keys. */
    public static final int DATA_EPOCH = 1 << 10;

    /** The client understands {@code dns} options, in the form of 2.7. */
    public static final int DNS_OPTION_V2 = 1 << 11;

    /** The client takes changes of what was pushed. */
    public static final int PUSH_UPDATE = 1 << 12;

    private static final int MOST = 64;

    private final Map<String, String> values;
    private final int proto;

    private PeerInfo(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
        this.proto = number(values.getOrDefault("IV_PROTO", ""));
    }

    /**
     * Reads a peer info; lines that are none are passed over.
     *
     * @param text the text
     * @return what is in it
     */
    public static PeerInfo parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        text.lines().limit(MOST).forEach(line -> {
            int equal = line.indexOf('=');
            if (equal > 0) {
                values.put(printable(line.substring(0, equal)), printable(line.substring(equal + 1)));
            }
        });
        return new PeerInfo(values);
    }

    /**
     * Takes what was read before.
     *
     * @param values of {@link #values}
     * @return the same again
     */
    public static PeerInfo of(Map<String, String> values) {
        return new PeerInfo(values);
    }

    /** {@return all that it tells, in its order} */
    public Map<String, String> values() {
        return values;
    }

    /**
     * Reads a bit of IV_PROTO.
     *
     * @param bit one of the constants
     * @return whether the client has it
     */
    public boolean can(int bit) {
        return (proto & bit) != 0;
    }

    /**
     * Looks for a value.
     *
     * @param name such as IV_MTU
     * @param otherwise what to answer if there is none
     * @return the number; 0 if it is not one
     */
    public int number(String name, int otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : number(value);
    }

    /**
     * Tells whether the client has a cipher: it lists it, or it speaks NCP as of 2.4 and the cipher is one that all have.
     *
     * @param cipher the cipher
     * @return whether it has
     */
    public boolean has(DataCipher cipher) {
        String list = values.get("IV_CIPHERS");
        if (list != null) {
            for (String name : list.split(":", MOST)) {
                if (name.equalsIgnoreCase(cipher.label())) {
                    return true;
                }
            }
            return false;
        }
        return number("IV_NCP", 0) >= 2 && (cipher == DataCipher.AES_256_GCM || cipher == DataCipher.AES_128_GCM);
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** For logs: nothing that would move a cursor. */
    private static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.chars().forEach(c -> clean.append(Character.isISOControl(c) ? '_' : (char) c));
        return clean.toString();
    }
}
