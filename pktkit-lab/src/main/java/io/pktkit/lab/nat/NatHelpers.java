// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.alg.H323Helper;
import io.pktkit.nat.alg.IrcHelper;
import io.pktkit.nat.alg.PptpHelper;
import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.alg.TftpHelper;
import io.pktkit.nat.helper.NatHelper;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The application layer gateways by the names that users give them. */
@SuppressWarnings("exports") // who uses this requires io.pktkit.nat, which nobody else needs
public final class NatHelpers {

    private static final Map<String, Supplier<NatHelper>> BY_NAME = new TreeMap<>(Map.of(
            "ftp", FtpHelper::new,
            "h323", H323Helper::new,
            "irc", IrcHelper::new,
            "pptp", PptpHelper::new,
            "sip", SipHelper::new,
            "tftp", TftpHelper::new));

    private NatHelpers() {}

    /**
     * Makes one.
     *
     * @param name such as {@code ftp}
     * @return the helper
     * @throws IllegalArgumentException if there is none of this name
     */
    public static NatHelper of(String name) {
        Supplier<NatHelper> maker = BY_NAME.get(name);
        if (maker == null) {
            throw new IllegalArgumentException(
                    "no such helper: " + name + "; there are " + String.join(", ", BY_NAME.keySet()));
        }
        return maker.get();
    }
}
