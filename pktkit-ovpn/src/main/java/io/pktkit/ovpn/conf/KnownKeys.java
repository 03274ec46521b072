// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keys that are not done: those that make no difference here, and what to do about the others. And of those that are done,
 * how many words are.
 */
final class KnownKeys {

    /** The daemon's own affairs, what is always so here, and what tunes sockets that tune themselves. */
    private static final Set<String> PASSED_OVER = new HashSet<>(List.of(
            "bind",
            "daemon",
            "dh",
            "ecdh-curve",
            "explicit-exit-notify",
            "fast-io",
            "float",
            "group",
            "ifconfig-pool-persist",
            "log",
            "log-append",
            "mlock",
            "mode",
            "multihome",
            "mute",
            "mute-replay-warnings",
            "nice",
            "persist-key",
            "persist-tun",
            "push-peer-info",
            "rcvbuf",
            "script-security",
            "sndbuf",
            "status",
            "status-version",
            "suppress-timestamps",
            "syslog",
            "tcp-nodelay",
            "tls-cert-profile",
            "tls-cipher",
            "tls-ciphersuites",
            "tls-groups",
            "tls-server",
            "txqueuelen",
            "user",
            "verb",
            "writepid"));

    private static final Map<String, String> REMEDIES = new HashMap<>();

    static {
        remedy(
                "no script is run here; passwords are checked after 'pktkit ovpn passwd', all else is done in Java by an"
                        + " Authenticator or a ClientListener; remove the line",
                "auth-user-pass-verify",
                "client-connect",
                "client-disconnect",
                "client-crresponse",
                "down",
                "ipchange",
                "learn-address",
                "plugin",
                "route-up",
                "tls-crypt-v2-verify",
                "tls-verify",
                "up");
        remedy(
                "nothing is compressed, which would give plaintext away; remove the line: clients that are set to it are"
                        + " served",
                "comp-lzo",
                "compress");
        remedy("a static key has no forward secrecy; make certificates with 'pktkit ovpn init'", "secret");
        remedy(
                "this is for a client; only servers are read here",
                "client",
                "remote",
                "pull",
                "auth-user-pass",
                "proto-force");
        remedy("no route of the host is set: a LAN and a NAT lead elsewhere; remove the line", "route", "route-ipv6");
        remedy(
                "addresses come from \"server\" and \"server-ipv6\"; use those",
                "ifconfig",
                "ifconfig-ipv6",
                "server-bridge");
        remedy(
                "clients are shown by 'pktkit ovpn show' and sent away by 'pktkit ovpn kill'; remove the line",
                "management");
        remedy("files are found beside this one; name them so, and remove the line", "cd");
        remedy("name ca, cert and key in three files", "pkcs12");
    }

    /** How many words behind a key are done, where that is not one. */
    private static final Map<String, Integer> WORDS = Map.ofEntries(
            Map.entry("ccd-exclusive", 0),
            Map.entry("client-cert-not-required", 0),
            Map.entry("client-to-client", 0),
            Map.entry("connect-freq-initial", 2),
            Map.entry("crl-verify", 2),
            Map.entry("disable", 0),
            Map.entry("duplicate-cn", 0),
            Map.entry("ifconfig-ipv6-push", 2),
            Map.entry("ifconfig-pool", 2),
            Map.entry("ifconfig-push", 2),
            Map.entry("iroute", 2),
            Map.entry("keepalive", 2),
            Map.entry("mssfix", 2),
            Map.entry("push-reset", 0),
            Map.entry("server", 2),
            Map.entry("tls-auth", 2),
            Map.entry("tls-crypt-v2", 2),
            Map.entry("tls-version-min", 2));

    /** Of some the last word is a flag, and only this one is done, as it says what is so here. */
    private static final Map<String, String> FLAGS = Map.of(
            "mssfix", "mtu",
            "tls-crypt-v2", "allow-noncookie",
            "tls-version-min", "or-highest");

    private KnownKeys() {}

    /** Refuses a word behind those that are done: what it says would not be so. */
    static void checkWords(ConfLine line) throws ServerConfException {
        int done = WORDS.getOrDefault(line.key(), 1);
        String flag = FLAGS.get(line.key());
        if (flag != null && line.has(done) && !line.word(done).equals(flag)) {
            done--;
        }
        if (line.has(done + 1)) {
            throw line.error("\"" + line.word(done + 1) + "\" behind it is not done here; leave it out", null);
        }
    }

    private static void remedy(String text, String... keys) {
        for (String key : keys) {
            REMEDIES.put(key, text);
        }
    }

    /** Whether a line may stay without anything done. */
    static boolean isPassedOver(ConfLine line) {
        return PASSED_OVER.contains(line.key())
                || (line.key().equals("comp-lzo") && line.word(1).equals("no"))
                || (line.key().equals("compress") && line.word(1).startsWith("stub"))
                || (line.key().equals("allow-compression") && !line.word(1).equals("yes"))
                || line.key().equals("setenv")
                || line.key().startsWith("management-");
    }

    static String remedyFor(String key) {
        return REMEDIES.getOrDefault(key, "is not done here; remove the line if the server can do without it");
    }
}
