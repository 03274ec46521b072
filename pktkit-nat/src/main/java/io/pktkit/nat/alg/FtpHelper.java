// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * FTP (RFC 959, RFC 2428). Of a client inside, PORT and EPRT name the address and port outside, and only the server may
 * connect there. Of a server inside, the replies to PASV and EPSV do, and only the client may. What names another host than
 * the sender, or makes no sense, is left as it is. For IPv6 clients of IPv4 servers, EPSV becomes PASV and EPRT becomes PORT
 * (RFC 6384). A connection that is encrypted (AUTH, RFC 4217) is left alone from then on.
 */
public final class FtpHelper implements NatHelper {

    /** How long the other side may take to connect. */
    public static final Duration WINDOW = Duration.ofMinutes(1);

    private static final int FTP = 21;
    private static final int NUMBERS = 6;

    private final Set<Integer> ports;

    /** A helper for port 21. */
    public FtpHelper() {
        this(Set.of(FTP));
    }

    /**
     * A helper for other ports.
     *
     * @param ports the ports of servers
     */
    public FtpHelper(Set<Integer> ports) {
        this.ports = new TreeSet<>(ports);
    }

    @Override
    public String name() {
        return "ftp";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        return flow.protocol() == IpProtocol.TCP && ports.contains(flow.servicePort());
    }

    /** What is known of a control connection. */
    private static final class Control {
        boolean commandMidLine;
        boolean replyMidLine;
        boolean authAsked;

        /** An IPv6 client asked for EPSV, and the server for PASV. */
        boolean passiveFor6;
    }

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        Control control = flow.state() instanceof Control known ? known : new Control();
        flow.state(control);
        boolean command = payload.isOutward() == flow.begunInside();
        TextLines lines = new TextLines(payload, command ? control.commandMidLine : control.replyMidLine);
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (command) {
                command(flow, control, lines, line, payload.isOutward());
            } else {
                reply(flow, control, lines, line, payload.isOutward());
            }
        }
        boolean midLine = TextLines.endsMidLine(payload);
        if (command) {
            control.commandMidLine = midLine;
        } else {
            control.replyMidLine = midLine;
        }
    }

    private static void command(HelperFlow flow, Control control, TextLines lines, String line, boolean outward) {
        int verbEnd = line.indexOf(' ') < 0 ? line.length() : line.indexOf(' ');
        String verb = line.substring(0, verbEnd).toUpperCase(Locale.ROOT);
        if (verb.equals("AUTH")) {
            control.authAsked = true;
        } else if (outward && verb.equals("PORT")) {
            port(flow, lines, line);
        } else if (outward && verb.equals("EPRT")) {
            extendedPort(flow, lines, line, verbEnd + 1);
        } else if (outward && verb.equals("EPSV") && flow.inside().isIpv6()) {
            boolean all = line.substring(verbEnd).trim().equalsIgnoreCase("ALL");
            control.passiveFor6 = !all && lines.replace(0, line.length(), "PASV");
        }
    }

    private static void port(HelperFlow flow, TextLines lines, String line) {
        int from = firstDigit(line, 4);
        int[] numbers = numbers(line, from);
        if (numbers == null || !flow.inside().equals(address(numbers))) {
            return;
        }
        int opened = open(flow, numbers[4] << 8 | numbers[5]);
        if (opened > 0) {
            lines.replace(from, endOfNumbers(line, from), text(flow.outside(), opened));
        }
    }

    private static int open(HelperFlow flow, int port) {
        return port == 0 ? -1 : flow.open(IpProtocol.TCP, port, flow.remote(), 0, WINDOW);
    }

    /** {@code EPRT |1|10.0.0.2|1234|}, with any delimiter of 33 to 126 (RFC 2428 section 2). */
    private static void extendedPort(HelperFlow flow, TextLines lines, String line, int at) {
        if (at >= line.length() || line.charAt(at) < 33 || line.charAt(at) > 126) {
            return;
        }
        char delimiter = line.charAt(at);
        int address = line.indexOf(delimiter, at + 1) + 1;
        int port = address == 0 ? 0 : line.indexOf(delimiter, address) + 1;
        int end = port == 0 ? -1 : line.indexOf(delimiter, port);
        if (end < 0) {
            return;
        }
        String protocol = line.substring(at + 1, address - 1);
        int number = Numbers.decimal(line, port, end, 65_535);
        IpAddress named = parse(line.substring(address, port - 1));
        if (number <= 0 || named == null || !named.equals(flow.inside())) {
            return;
        }
        if (!protocol.equals(named.isIpv4() ? "1" : "2")) {
            return;
        }
        int opened = open(flow, number);
        if (opened > 0 && named.isIpv4()) {
            lines.replace(address, end, flow.outside().toString() + delimiter + opened);
        } else if (opened > 0) {
            lines.replace(0, line.length(), "PORT " + text(flow.outside(), opened));
        }
    }

    private static void reply(HelperFlow flow, Control control, TextLines lines, String line, boolean outward) {
        if (control.authAsked && (line.startsWith("234") || line.startsWith("334") || line.startsWith("235"))) {
            flow.leave();
        } else if (line.startsWith("227 ") && outward) {
            passive(flow, lines, line);
        } else if (line.startsWith("227 ") && control.passiveFor6) {
            passiveFor6(control, lines, line);
        } else if (line.startsWith("229 ") && outward) {
            extendedPassive(flow, lines, line);
        }
    }

    private static void passive(HelperFlow flow, TextLines lines, String line) {
        int from = firstDigit(line, 4);
        int[] numbers = numbers(line, from);
        if (numbers == null || !flow.inside().equals(address(numbers))) {
            return;
        }
        int opened = open(flow, numbers[4] << 8 | numbers[5]);
        if (opened > 0) {
            lines.replace(from, endOfNumbers(line, from), text(flow.outside(), opened));
        }
    }

    /** The client takes the address of the control connection, whatever the server names. */
    private static void passiveFor6(Control control, TextLines lines, String line) {
        int[] numbers = numbers(line, firstDigit(line, 4));
        if (numbers != null) {
            int port = numbers[4] << 8 | numbers[5];
            control.passiveFor6 = false;
            lines.replace(0, line.length(), "229 Entering Extended Passive Mode (|||" + port + "|)");
        }
    }

    private static void extendedPassive(HelperFlow flow, TextLines lines, String line) {
        int at = line.indexOf('(') + 1;
        if (at == 0 || at + 3 >= line.length()) {
            return;
        }
        char delimiter = line.charAt(at);
        int port = at + 3;
        int end = line.indexOf(delimiter, port);
        boolean delimited = line.charAt(at + 1) == delimiter && line.charAt(at + 2) == delimiter;
        int number = delimited && end > 0 ? Numbers.decimal(line, port, end, 65_535) : -1;
        int opened = number > 0 ? open(flow, number) : -1;
        if (opened > 0 && opened != number) {
            lines.replace(port, end, Integer.toString(opened));
        }
    }

    private static @Nullable IpAddress parse(String text) {
        try {
            return IpAddress.parse(text);
        } catch (AddressFormatException malformed) {
            return null;
        }
    }

    private static int firstDigit(String line, int from) {
        int at = from;
        while (at < line.length() && !Numbers.isDigit(line.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Six numbers of an octet each, with commas between; null if there is anything else. */
    private static int @Nullable [] numbers(String line, int from) {
        int[] numbers = new int[NUMBERS];
        int at = from;
        for (int i = 0; i < NUMBERS; i++) {
            int end = at;
            while (end < line.length() && Numbers.isDigit(line.charAt(end))) {
                end++;
            }
            numbers[i] = Numbers.decimal(line, at, end, 255);
            boolean separated = i == NUMBERS - 1 || (end < line.length() && line.charAt(end) == ',');
            if (numbers[i] < 0 || !separated) {
                return null;
            }
            at = end + 1;
        }
        return numbers;
    }

    private static int endOfNumbers(String line, int from) {
        int at = from;
        while (at < line.length() && (Numbers.isDigit(line.charAt(at)) || line.charAt(at) == ',')) {
            at++;
        }
        return at;
    }

    private static IpAddress address(int[] numbers) {
        return IpAddress.ofIpv4(numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]);
    }

    private static String text(IpAddress address, int port) {
        return address.toString().replace('.', ',') + "," + (port >>> 8) + "," + (port & 0xFF);
    }
}
