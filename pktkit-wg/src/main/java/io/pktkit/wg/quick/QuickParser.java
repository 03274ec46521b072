// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a file, line by line. Used once. */
final class QuickParser {

    private static final String KEYS = "PrivateKey, Address, DNS, MTU, ListenPort, FwMark, Table and SaveConfig";
    private static final String PEER_KEYS = "PublicKey, PresharedKey, AllowedIPs, Endpoint and PersistentKeepalive";
    private static final String OFF = "off";

    /** PersistentKeepalive has 19 letters; a secret in base64 has 43. */
    private static final int LONGEST_KEY = 20;

    private final String source;
    private final WgQuickConfig.Builder config = WgQuickConfig.builder();
    private final Map<String, Integer> given = new HashMap<>();
    private Section section = Section.NONE;
    private int number;

    // The peer whose section is being read.
    private int peerLine;
    private @Nullable String name;
    private @Nullable WgPublicKey publicKey;
    private @Nullable PresharedKey presharedKey;
    private List<IpPrefix> allowedIps = new ArrayList<>();
    private @Nullable EndpointName endpoint;
    private int persistentKeepalive;

    private enum Section {
        NONE,
        INTERFACE,
        PEER
    }

    QuickParser(String source) {
        this.source = source;
    }

    WgQuickConfig parse(String text) throws WgQuickFormatException {
        String content = text.startsWith("\ufeff") ? text.substring(1) : text;
        for (String line : content.split("\r\n|\n|\r", -1)) {
            number++;
            line(line);
        }
        endPeer();
        if (!given.containsKey("[interface]")) {
            throw refused("there is no section [Interface], which holds our own keys and addresses", null);
        }
        return config.build();
    }

    private void line(String line) throws WgQuickFormatException {
        int hash = line.indexOf('#');
        String content = (hash < 0 ? line : line.substring(0, hash)).strip();
        if (hash >= 0 && content.isEmpty() && section == Section.PEER) {
            nameIn(line.substring(hash + 1));
        }
        if (content.isEmpty()) {
            return;
        }
        if (content.startsWith("[")) {
            open(content);
            return;
        }
        int equals = content.indexOf('=');
        if (equals < 0) {
            throw refused(shown(content) + " has no \"=\": write KEY = VALUE", null);
        }
        String key = content.substring(0, equals).strip();
        String value = content.substring(equals + 1).strip();
        try {
            set(key, value);
        } catch (IllegalArgumentException e) {
            // A key's own message does not quote it.
            throw refused(key + ": " + e.getMessage(), e);
        }
    }

    private void open(String header) throws WgQuickFormatException {
        endPeer();
        String which = header.toLowerCase(Locale.ROOT);
        switch (which) {
            case "[interface]" -> section = Section.INTERFACE;
            case "[peer]" -> {
                section = Section.PEER;
                peerLine = number;
                given.keySet().removeIf(key -> key.startsWith("peer."));
            }
            default ->
                throw refused("\"" + visible(header) + "\" is no section here: there are [Interface] and [Peer]", null);
        }
        given.put(which, number);
    }

    private void set(String key, String value) throws WgQuickFormatException {
        String lower = key.toLowerCase(Locale.ROOT);
        if (value.isEmpty() && !lower.equals("allowedips")) {
            throw refused(shown(key) + " has no value: write KEY = VALUE, or delete the line", null);
        }
        switch (section) {
            case NONE -> throw refused(shown(key) + " stands before any section: begin with [Interface]", null);
            case INTERFACE -> setOfInterface(key, lower, value);
            case PEER -> setOfPeer(key, lower, value);
        }
    }

    private void setOfInterface(String key, String lower, String value) throws WgQuickFormatException {
        switch (lower) {
            case "privatekey" -> config.privateKey(WgPrivateKey.parse(once("", key, lower, value)));
            case "address" -> items(value).forEach(item -> config.address(prefix(item)));
            case "dns" -> items(value).forEach(this::dns);
            case "mtu" -> config.mtu(decimal(once("", key, lower, value)));
            case "listenport" -> config.listenPort(decimal(once("", key, lower, value)));
            case "fwmark" -> config.fwMark(mark(once("", key, lower, value)));
            case "table" -> config.table(once("", key, lower, value));
            case "saveconfig" -> config.saveConfig(truth(once("", key, lower, value)));
            case "preup", "postup", "predown", "postdown" ->
                throw refused(
                        key
                                + " is a command for the host's shell, as root, and nothing of a tunnel in user space needs or runs"
                                + " one: delete the line, or use wg-quick",
                        null);
            default -> throw unknown(key, "[Interface]", KEYS);
        }
    }

    private void setOfPeer(String key, String lower, String value) throws WgQuickFormatException {
        switch (lower) {
            case "publickey" -> publicKey = newKey(once("peer.", key, lower, value));
            case "presharedkey" -> presharedKey = PresharedKey.parse(once("peer.", key, lower, value));
            case "allowedips" -> items(value).forEach(item -> allowedIps.add(prefix(item)));
            case "endpoint" -> endpoint = EndpointName.parse(once("peer.", key, lower, value));
            case "persistentkeepalive" -> persistentKeepalive = interval(once("peer.", key, lower, value));
            default -> throw unknown(key, "[Peer]", PEER_KEYS);
        }
    }

    private WgQuickFormatException unknown(String key, String where, String known) {
        return refused(
                "unknown key " + shown(key) + " in " + where + ": there are " + known + "; correct or delete it", null);
    }

    /** Of two values one would be silently ignored. */
    private String once(String scope, String key, String lower, String value) throws WgQuickFormatException {
        Integer before = given.putIfAbsent(scope + lower, number);
        if (before != null) {
            throw refused(key + " is given on line " + before + " already: delete one of the two", null);
        }
        return value;
    }

    private WgPublicKey newKey(String text) throws WgQuickFormatException {
        WgPublicKey key = WgPublicKey.parse(text);
        if (config.hasPeer(key)) {
            throw refused("another section [Peer] has this key: " + key + "; make them one", null);
        }
        return key;
    }

    private void endPeer() throws WgQuickFormatException {
        if (section == Section.PEER) {
            WgPublicKey key = publicKey;
            if (key == null) {
                number = peerLine;
                throw refused("this [Peer] has no PublicKey, which says who it is", null);
            }
            config.peer(new WgQuickPeer(name, key, presharedKey, allowedIps, endpoint, persistentKeepalive));
        }
        section = Section.NONE;
        name = null;
        publicKey = null;
        presharedKey = null;
        allowedIps = new ArrayList<>();
        endpoint = null;
        persistentKeepalive = 0;
    }

    /** A comment, which is never wrong. */
    private void nameIn(String comment) {
        int equals = comment.indexOf('=');
        if (equals >= 0 && comment.substring(0, equals).strip().equalsIgnoreCase("name")) {
            String text = comment.substring(equals + 1).strip();
            name = text.isEmpty() || text.chars().anyMatch(c -> c < ' ' || c == '#') ? null : text;
        }
    }

    private static List<String> items(String value) {
        List<String> items = new ArrayList<>();
        if (value.isEmpty()) {
            return items;
        }
        for (String item : value.split(",", -1)) {
            items.add(item.strip());
        }
        return items;
    }

    /** An address alone is a prefix of that one address. */
    private static IpPrefix prefix(String text) {
        if (text.indexOf('/') >= 0) {
            return IpPrefix.parse(text);
        }
        IpAddress address = IpAddress.parse(text);
        return IpPrefix.of(address, address.family().maxPrefixLength());
    }

    private void dns(String item) {
        try {
            config.dnsServer(IpAddress.parse(item));
        } catch (AddressFormatException domain) {
            config.searchDomain(item);
        }
    }

    private static int interval(String text) {
        if (text.equalsIgnoreCase(OFF)) {
            return 0;
        }
        int seconds = decimal(text);
        if (seconds > 65_535) {
            throw new IllegalArgumentException("write off, or 1 to 65535 seconds: \"" + visible(text) + "\"");
        }
        return seconds;
    }

    private static int mark(String text) {
        if (text.equalsIgnoreCase(OFF)) {
            return 0;
        }
        boolean hex = text.regionMatches(true, 0, "0x", 0, 2);
        try {
            return Integer.parseUnsignedInt(hex ? text.substring(2) : text, hex ? 16 : 10);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "write off, or a number of 32 bits such as 0xca6c: \"" + visible(text) + "\"", e);
        }
    }

    private static int decimal(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 9 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits) {
            throw new IllegalArgumentException("a number is needed, not \"" + visible(text) + "\"");
        }
        return Integer.parseInt(text);
    }

    private static boolean truth(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException("write true or false, not \"" + visible(text) + "\"");
        }
        return text.equals("true");
    }

    /**
     * What may be shown of what stands where a key of the file should. Where the '=' behind it is missing, a secret is found
     * there, up to its own '=' at the end; so only a name that the file has is shown, and a single short word, which is none.
     */
    private static String shown(String text) {
        String word = text.split("[^A-Za-z]", 2)[0];
        boolean alone = word.length() == text.length() && word.length() <= LONGEST_KEY;
        boolean known = Arrays.asList((KEYS + " " + PEER_KEYS).split("[ ,]+")).contains(word);
        return alone || known ? "\"" + word + "\"" : "this line";
    }

    /** What may be shown: no control characters, and not too much of it. */
    private static String visible(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() > 80 ? plain.substring(0, 80) + "..." : plain;
    }

    private WgQuickFormatException refused(String problem, @Nullable Throwable cause) {
        return new WgQuickFormatException(source, number, problem, cause);
    }
}
