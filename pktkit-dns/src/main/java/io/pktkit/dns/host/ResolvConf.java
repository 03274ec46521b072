// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code resolv.conf} says, read as glibc reads it: octets that are no text harm only their own line, a keyword begins its
 * line, an address ends at a blank, what is not understood is passed over, and without a {@code nameserver} the local host is
 * the server. In one thing this is kinder: a line may end in CR LF, for which glibc takes no address to be one.
 *
 * @param servers the first three that can be read
 * @param timeoutSeconds {@code options timeout:}, 0 to 30; 0 if it is not stated
 * @param attempts {@code options attempts:}, 0 to 5; 0 if it is not stated
 * @param rotate {@code options rotate}
 * @param useTcp {@code options use-vc}
 */
public record ResolvConf(List<DnsServer> servers, int timeoutSeconds, int attempts, boolean rotate, boolean useTcp) {
    /** What a host without such a file has: no server. */
    public static final ResolvConf NONE = new ResolvConf(List.of(), 0, 0, false, false);

    private static final int MAX_SERVERS = 3; // MAXNS
    private static final int MAX_TIMEOUT = 30; // RES_MAXRETRANS
    private static final int MAX_ATTEMPTS = 5; // RES_MAXRETRY
    private static final DnsServer LOCAL = DnsServer.of(IpAddress.ofIpv4(0x7F00_0001));

    /**
     * Copies the list.
     *
     * @param servers copied
     * @param timeoutSeconds see above
     * @param attempts see above
     * @param rotate see above
     * @param useTcp see above
     */
    public ResolvConf {
        servers = List.copyOf(servers);
    }

    /**
     * Reads a file's content.
     *
     * @param octets the content, in whatever encoding
     * @return what it says
     */
    public static ResolvConf parse(byte[] octets) {
        List<DnsServer> servers = new ArrayList<>();
        int timeout = 0;
        int attempts = 0;
        boolean rotate = false;
        boolean useTcp = false;
        // One character for each octet: what is not ASCII stays inside its line.
        for (String ended : new String(octets, StandardCharsets.ISO_8859_1).split("\n", -1)) {
            String line = ended.endsWith("\r") ? ended.substring(0, ended.length() - 1) : ended;
            String server = valueOf(line, "nameserver");
            if (server != null) {
                addServer(server, servers);
            }
            String options = valueOf(line, "options");
            for (String option : options == null ? new String[0] : options.split("[ \t]+")) {
                timeout = option.startsWith("timeout:") ? number(option, MAX_TIMEOUT) : timeout;
                attempts = option.startsWith("attempts:") ? number(option, MAX_ATTEMPTS) : attempts;
                rotate |= option.startsWith("rotate");
                useTcp |= option.startsWith("use-vc");
            }
        }
        if (servers.isEmpty()) {
            servers.add(LOCAL);
        }
        return new ResolvConf(servers, timeout, attempts, rotate, useTcp);
    }

    /**
     * Gives the settings that the file states, in place of ours.
     *
     * @param base what holds where it states nothing
     * @return the settings
     */
    public DnsClientConfig applyTo(DnsClientConfig base) {
        Duration tryTime = timeoutSeconds == 0 ? base.tryTime() : Duration.ofSeconds(timeoutSeconds);
        return base.withTries(tryTime, attempts == 0 ? base.rounds() : attempts)
                .withRotate(rotate)
                .withTcpOnly(useTcp);
    }

    /** What follows a keyword at the beginning of a line and a blank, up to the end or an octet 0, as C sees it. */
    private static @Nullable String valueOf(String line, String keyword) {
        int length = keyword.length();
        boolean matches = line.length() > length
                && line.startsWith(keyword)
                && (line.charAt(length) == ' ' || line.charAt(length) == '\t');
        if (!matches) {
            return null;
        }
        int end = line.indexOf('\0');
        return withoutBlanks(end < 0 ? line.substring(length) : line.substring(length, Math.max(length, end)));
    }

    private static String withoutBlanks(String text) {
        int from = 0;
        while (from < text.length() && (text.charAt(from) == ' ' || text.charAt(from) == '\t')) {
            from++;
        }
        return text.substring(from);
    }

    /** As {@code atoi} with a cap, but a time or count below 1 is not taken, for it would mean never to ask. */
    private static int number(String option, int most) {
        int value = 0;
        for (int i = option.indexOf(':') + 1; i < option.length() && Character.digit(option.charAt(i), 10) >= 0; i++) {
            value = Math.min(most, 10 * value + Character.digit(option.charAt(i), 10));
        }
        return value;
    }

    private static void addServer(String value, List<DnsServer> servers) {
        int blank = 0;
        while (blank < value.length() && value.charAt(blank) != ' ' && value.charAt(blank) != '\t') {
            blank++;
        }
        String text = value.substring(0, blank);
        DnsServer server = ipv4(text);
        server = server == null ? ipv6(text) : server;
        if (server != null && servers.size() < MAX_SERVERS) {
            servers.add(server);
        }
    }

    /** As {@code inet_aton} reads it: one to four numbers, decimal, octal or hexadecimal, the last of which fills what is left. */
    private static @Nullable DnsServer ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return null;
        }
        long bits = 0;
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            long most = last ? 0xFFFF_FFFFL >>> (8 * i) : 255;
            long value = cNumber(parts[i]);
            if (value < 0 || value > most) {
                return null;
            }
            bits |= last ? value : value << (24 - 8 * i);
        }
        return server(IpAddress.ofIpv4((int) bits), 0);
    }

    /** A number as in C, or -1. */
    private static long cNumber(String text) {
        boolean hex = text.startsWith("0x") || text.startsWith("0X");
        boolean octal = !hex && text.length() > 1 && text.startsWith("0");
        String digits = hex ? text.substring(2) : text;
        int radix = hex ? 16 : octal ? 8 : 10;
        if (digits.isEmpty() || digits.length() > 11) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) < 0x80 ? Character.digit(digits.charAt(i), radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = radix * value + digit;
        }
        return value;
    }

    /** A scope counts for link-local addresses only; one that cannot be understood is as if it were not there. */
    private static @Nullable DnsServer ipv6(String text) {
        int delimiter = text.indexOf('%');
        try {
            IpAddress address = IpAddress.parse(delimiter < 0 ? text : text.substring(0, delimiter));
            if (address.isIpv4()) {
                return null;
            }
            return server(address, delimiter < 0 || !address.isLinkLocal() ? 0 : scope(text.substring(delimiter + 1)));
        } catch (AddressFormatException e) {
            return null;
        }
    }

    private static @Nullable DnsServer server(IpAddress address, int scope) {
        try {
            return DnsServer.of(address).withScope(scope);
        } catch (IllegalArgumentException e) {
            return null; // a group, or everybody
        }
    }

    private static int scope(String text) {
        try {
            NetworkInterface named = NetworkInterface.getByName(text);
            if (named != null) {
                return named.getIndex();
            }
            return Integer.parseUnsignedInt(text) & Integer.MAX_VALUE;
        } catch (SocketException | NumberFormatException e) {
            return 0;
        }
    }
}
