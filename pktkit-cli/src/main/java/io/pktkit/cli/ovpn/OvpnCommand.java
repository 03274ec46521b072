// SPDX-License-Identifier: MIT
package io.pktkit.cli.ovpn;

import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.ovpn.pki.UserFile;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Scanner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes what an OpenVPN server and its clients need, in a folder, and serves them. */
@Command(
        name = "ovpn",
        mixinStandardHelpOptions = true,
        description = "An OpenVPN server for stock clients: its certificates, its clients' files, and itself.",
        subcommands = {ServeCommand.class, ShowCommand.class, KillCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class OvpnCommand {

    private static final Duration SOON = Duration.ofDays(30);

    @Spec
    private @Nullable CommandSpec spec;

    /** Creates the command; picocli does. */
    public OvpnCommand() {}

    private PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("made by picocli");
        }
        return spec.commandLine().getOut();
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    /** What the caller gave is at fault, and not the machine. */
    private <T> T usage(Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (IllegalArgumentException e) {
            if (spec == null) {
                throw e;
            }
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    @Command(
            name = "init",
            mixinStandardHelpOptions = true,
            description = "Makes an authority, a server certificate and a tls-crypt-v2 key.")
    int init(
            @Parameters(paramLabel = "DIR", description = "The folder, which is made.") Path folder,
            @Option(
                            names = "--endpoint",
                            paramLabel = "HOST",
                            required = true,
                            description = "The name or address at which clients find the server.")
                    String endpoint,
            @Option(names = "--port", defaultValue = "" + OvpnServerConfig.DEFAULT_PORT, description = "Default: 1194")
                    int port,
            @Option(names = "--proto", defaultValue = "udp", description = "udp or tcp. Default: udp") String proto)
            throws IOException {
        usage(() -> {
            if (!proto.equals("udp") && !proto.equals("tcp")) {
                throw new IllegalArgumentException("--proto is udp or tcp: proto=" + proto);
            }
            return OvpnPki.init(folder, new OvpnEndpoint(endpoint, port, proto.equals("tcp")));
        });
        out().println("made " + folder + ": the authority is good for "
                + OvpnPki.AUTHORITY_LIFETIME.toDays() + " days, certificates for "
                + OvpnPki.LIFETIME.toDays());
        out().println("add a client with: pktkit ovpn client " + folder + " NAME");
        out().flush();
        return 0;
    }

    @Command(
            name = "client",
            mixinStandardHelpOptions = true,
            description = "Makes a client and writes its file, for: openvpn --config NAME.ovpn")
    int client(
            @Parameters(paramLabel = "DIR", description = "The folder that init made.") Path folder,
            @Parameters(paramLabel = "NAME", description = "The client's name.") String name)
            throws IOException {
        Path file = usage(() -> OvpnPki.open(folder).addClient(name));
        out().println("wrote " + file + "; it holds the client's secrets");
        out().flush();
        return 0;
    }

    @Command(
            name = "revoke",
            mixinStandardHelpOptions = true,
            description = "Revokes a client. A running server refuses it from its next handshake on.")
    int revoke(
            @Parameters(paramLabel = "DIR", description = "The folder that init made.") Path folder,
            @Parameters(paramLabel = "NAME", description = "The client's name.") String name)
            throws IOException {
        usage(() -> {
            OvpnPki.open(folder).revoke(name);
            return name;
        });
        out().println("revoked " + name);
        out().flush();
        return 0;
    }

    @Command(
            name = "renew",
            mixinStandardHelpOptions = true,
            description = "Makes a new certificate for a client, or without a name for the server.")
    int renew(
            @Parameters(paramLabel = "DIR", description = "The folder that init made.") Path folder,
            @Parameters(paramLabel = "NAME", arity = "0..1", description = "The client's name.") @Nullable String name)
            throws IOException {
        OvpnPki pki = OvpnPki.open(folder);
        if (name == null) {
            pki.renewServer();
            out().println("renewed the server's certificate; start the server again");
        } else {
            out().println("wrote " + usage(() -> pki.renewClient(name)) + "; the one before is revoked");
        }
        out().flush();
        return 0;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the clients, and warns of certificates that end within 30 days.")
    int list(@Parameters(paramLabel = "DIR", description = "The folder that init made.") Path folder)
            throws IOException {
        OvpnPki pki = OvpnPki.open(folder);
        pki.clients().forEach(out()::println);
        pki.warnings(SOON).forEach(line -> out().println("warning: " + line));
        out().flush();
        return 0;
    }

    @Command(
            name = "passwd",
            mixinStandardHelpOptions = true,
            description = "Sets a user's password, read from the terminal or the first line of standard input.")
    int passwd(
            @Parameters(paramLabel = "DIR", description = "The folder that init made.") Path folder,
            @Parameters(paramLabel = "NAME", description = "The user, named like the client.") String name)
            throws IOException {
        OvpnPki pki = OvpnPki.open(folder);
        char[] password = readPassword();
        try {
            usage(() -> {
                if (password.length == 0) {
                    throw new IllegalArgumentException("a password is needed");
                }
                new UserFile(pki.userFile()).setPassword(name, password);
                return name;
            });
        } finally {
            Arrays.fill(password, '\0');
        }
        out().println("set the password of " + name + "; from now on all clients need one");
        out().flush();
        return 0;
    }

    @SuppressWarnings("SystemConsoleNull") // from JDK 22 on the console reads standard input where there is no terminal
    private static char[] readPassword() {
        Console console = System.console();
        if (console != null) {
            char[] typed = console.readPassword("Password: ");
            return typed == null ? new char[0] : typed;
        }
        Scanner input = new Scanner(System.in, StandardCharsets.UTF_8);
        return input.hasNextLine() ? input.nextLine().toCharArray() : new char[0];
    }
}
