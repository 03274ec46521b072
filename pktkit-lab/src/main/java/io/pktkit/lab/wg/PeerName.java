// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import java.util.regex.Pattern;

/** What a peer can be called: it is a label of a domain name, and {@code wg-quick} makes it the name of an interface. */
final class PeerName {

    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,13}[A-Za-z0-9])?");

    private PeerName() {}

    static boolean isValid(String name) {
        return VALID.matcher(name).matches();
    }

    static String check(String name) {
        if (!isValid(name)) {
            throw new IllegalArgumentException("a peer's name has 1 to 15 letters, digits and hyphens, such as phone:"
                    + " name=" + name.replaceAll("\\p{Cntrl}", "?"));
        }
        return name;
    }
}
