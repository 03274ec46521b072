// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.Authenticator;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The certificates and keys of one server and its clients, in a folder; see the package's description for its files. Not
 * for several threads, nor several processes at once; a server that runs takes up what is revoked meanwhile.
 */
public final class OvpnPki {

    /** How long the authority is good for. */
    public static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);

    /** How long certificates of the server and of clients are good for. */
    public static final Duration LIFETIME = Duration.ofDays(825);

    private static final String CA_CRT = "ca.crt";
    private static final String CA_KEY = "ca.key";
    private static final String SERVER_CRT = "server.crt";
    private static final String SERVER_KEY = "server.key";
    private static final String CRL = "crl.pem";
    private static final String V2_KEY = "tls-crypt-v2.key";
    private static final String PROPERTIES = "server.properties";
    private static final String CLIENTS = "clients";
    private static final String USERS = "users";
    private static final byte METADATA_TIME = 1;

    private final Path folder;
    private final Clock clock;
    private final SecureRandom random;

    private OvpnPki(Path folder, Clock clock, SecureRandom random) {
        this.folder = folder;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Makes an authority, the server's certificate and a key of tls-crypt-v2.
     *
     * @param folder where to; it is made if it is not there
     * @param endpoint where clients find the server
     * @return the folder's PKI
     * @throws FileAlreadyExistsException if there is one in the folder, which is left as it is
     * @throws IOException if it cannot be written
     */
    public static OvpnPki init(Path folder, OvpnEndpoint endpoint) throws IOException {
        return init(folder, endpoint, Clock.systemUTC(), new SecureRandom());
    }

    static OvpnPki init(Path folder, OvpnEndpoint endpoint, Clock clock, SecureRandom random) throws IOException {
        if (Files.exists(folder.resolve(CA_KEY))) {
            throw new FileAlreadyExistsException(
                    folder.resolve(CA_KEY).toString(), null, "there is an authority already; choose another folder");
        }
        PrivateFiles.createFolder(folder);
        PrivateFiles.createFolder(folder.resolve(CLIENTS));
        OvpnPki pki = new OvpnPki(folder, clock, random);
        Issuer issuer = pki.issuer();
        // A name of its own, so that clients which know several authorities tell them apart.
        Issuer.Issued authority =
                issuer.authority("pktkit OpenVPN CA " + Long.toHexString(random.nextLong()), AUTHORITY_LIFETIME);
        Properties properties = new Properties();
        properties.setProperty("host", endpoint.host());
        properties.setProperty("port", Integer.toString(endpoint.port()));
        properties.setProperty("proto", endpoint.tcp() ? "tcp" : "udp");
        StringWriter text = new StringWriter();
        properties.store(text, "where clients find this server");
        pki.write(PROPERTIES, text.toString());
        pki.write(V2_KEY, TlsCryptV2Key.generate(random).toText());
        pki.write(CA_CRT, pem(authority.certificate()));
        pki.writeServer(issuer, authority);
        pki.writeList(issuer.revocationList(authority, List.of(), AUTHORITY_LIFETIME));
        // Last, as it is what tells that all of it is there.
        pki.write(CA_KEY, Pem.write(authority.key()));
        return pki;
    }

    /**
     * Opens a folder that {@link #init} has made.
     *
     * @param folder the folder
     * @return its PKI
     * @throws IOException if it is none
     */
    public static OvpnPki open(Path folder) throws IOException {
        return open(folder, Clock.systemUTC(), new SecureRandom());
    }

    static OvpnPki open(Path folder, Clock clock, SecureRandom random) throws IOException {
        if (!Files.exists(folder.resolve(CA_KEY))) {
            throw new NoSuchFileException(
                    folder.resolve(CA_KEY).toString(),
                    null,
                    "there is no authority; make one with: pktkit ovpn init " + folder);
        }
        return new OvpnPki(folder, clock, random);
    }

    /** {@return the folder} */
    public Path folder() {
        return folder;
    }

    /**
     * Tells where clients find the server.
     *
     * @return the endpoint
     * @throws IOException if it cannot be read
     */
    public OvpnEndpoint endpoint() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(Files.readString(folder.resolve(PROPERTIES))));
        try {
            return new OvpnEndpoint(
                    properties.getProperty("host", ""),
                    Integer.parseInt(properties.getProperty("port", "")),
                    properties.getProperty("proto", "").equals("tcp"));
        } catch (IllegalArgumentException e) {
            throw new IOException(folder.resolve(PROPERTIES) + ": " + e.getMessage(), e);
        }
    }

    /**
     * Makes a client: a certificate, a key of tls-crypt-v2, and a file that has all that its program needs.
     *
     * @param name its name, which is the common name: letters, digits, {@code . _ @ -}, at most 64
     * @return the file, {@code clients/NAME.ovpn}; it holds secrets
     * @throws FileAlreadyExistsException if there is a client of that name
     * @throws IOException if it cannot be made
     */
    public Path addClient(String name) throws IOException {
        checkName(name);
        if (Files.exists(certificateOf(name))) {
            throw new FileAlreadyExistsException(
                    certificateOf(name).toString(), null, "there is a client of that name; revoke or renew it");
        }
        return write(name, make(name));
    }

    /**
     * Makes a new certificate and file for a client, and revokes the old certificate. If the new one cannot be made, the old
     * one stays.
     *
     * @param name its name
     * @return the file
     * @throws NoSuchFileException if there is no client of that name
     * @throws IOException if it cannot be made
     */
    public Path renewClient(String name) throws IOException {
        checkIsThere(name);
        Made made = make(name);
        // Before the new one takes the old one's place, without which it could not be revoked any more.
        addToList(name);
        return write(name, made);
    }

    /** A certificate of a client and the file with all that its program needs. */
    private record Made(String certificate, String file) {}

    private Made make(String name) throws IOException {
        Issuer.Issued authority = authority();
        Issuer.Issued client = issuer().issue(name, Issuer.Purpose.CLIENT, LIFETIME, authority);
        return new Made(pem(client.certificate()), clientFile(authority, client));
    }

    private Path write(String name, Made made) throws IOException {
        // The certificate first: nothing is handed out that could not be revoked.
        PrivateFiles.write(certificateOf(name), made.certificate);
        Path file = clientFile(name);
        PrivateFiles.write(file, made.file);
        return file;
    }

    private String clientFile(Issuer.Issued authority, Issuer.Issued client) throws IOException {
        OvpnEndpoint endpoint = endpoint();
        byte[] metadata = ByteBuffer.allocate(9)
                .put(METADATA_TIME)
                .putLong(clock.instant().getEpochSecond())
                .array();
        TlsCryptV2Key.Client wrapped = new TlsCryptV2Key.Client(StaticKey.generate(random), metadata);
        return String.join(
                "\n",
                "# made by pktkit; it holds secrets",
                "client",
                "dev tun",
                "proto " + (endpoint.tcp() ? "tcp-client" : "udp"),
                "remote " + endpoint.host() + " " + endpoint.port(),
                "resolv-retry infinite",
                "nobind",
                "persist-tun",
                "remote-cert-tls server",
                "verb 3",
                inline("ca", pem(authority.certificate())),
                inline("cert", pem(client.certificate())),
                inline("key", Pem.write(client.key())),
                inline("tls-crypt-v2", tlsCryptV2Key().toClientText(wrapped)));
    }

    private static String inline(String tag, String content) {
        return "<" + tag + ">\n" + content + "</" + tag + ">" + (tag.equals("tls-crypt-v2") ? "\n" : "");
    }

    /**
     * Revokes the certificate of a client and deletes its files. A server that runs refuses it from its next handshake on.
     *
     * @param name its name
     * @throws NoSuchFileException if there is no client of that name
     * @throws IOException if the list cannot be written
     */
    public void revoke(String name) throws IOException {
        checkIsThere(name);
        addToList(name);
        Files.deleteIfExists(clientFile(name));
        Files.delete(certificateOf(name));
    }

    private void checkIsThere(String name) throws IOException {
        checkName(name);
        if (!Files.exists(certificateOf(name))) {
            throw new NoSuchFileException(certificateOf(name).toString(), null, "there is no client of that name");
        }
    }

    private void addToList(String name) throws IOException {
        Set<BigInteger> serials = new TreeSet<>();
        Set<? extends X509CRLEntry> known =
                Pem.revocationLists(folder.resolve(CRL)).get(0).getRevokedCertificates();
        if (known != null) {
            known.forEach(entry -> serials.add(entry.getSerialNumber()));
        }
        serials.add(Pem.certificates(certificateOf(name)).get(0).getSerialNumber());
        writeList(issuer().revocationList(authority(), serials, AUTHORITY_LIFETIME));
    }

    /**
     * Makes a new certificate for the server, which takes it up when it is started again.
     *
     * @throws IOException if it cannot be made
     */
    public void renewServer() throws IOException {
        writeServer(issuer(), authority());
    }

    /**
     * Lists the clients that are not revoked.
     *
     * @return their names
     * @throws IOException if the folder cannot be read
     */
    public List<String> clients() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(CLIENTS))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".crt"))
                    .map(name -> name.substring(0, name.length() - 4))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Looks for certificates that end soon or have ended.
     *
     * @param within how soon
     * @return a line for each
     * @throws IOException if one cannot be read
     */
    public List<String> warnings(Duration within) throws IOException {
        List<Path> files = new ArrayList<>(List.of(folder.resolve(CA_CRT), folder.resolve(SERVER_CRT)));
        for (String client : clients()) {
            files.add(certificateOf(client));
        }
        List<String> warnings = new ArrayList<>();
        for (Path file : files) {
            var end = Pem.certificates(file).get(0).getNotAfter().toInstant();
            if (end.isBefore(clock.instant().plus(within))) {
                String word = end.isBefore(clock.instant()) ? "ended" : "ends";
                warnings.add(folder.relativize(file) + " " + word + " at " + end);
            }
        }
        return warnings;
    }

    /**
     * Begins the configuration of the server: its certificate, the authority of its clients, who is revoked, and
     * tls-crypt-v2.
     *
     * @return a builder to add addresses and ports to
     * @throws IOException if something cannot be read
     */
    public OvpnServerConfig.Builder serverConfig() throws IOException {
        return OvpnServerConfig.builder(
                        Pem.certificates(folder.resolve(SERVER_CRT)), Pem.privateKey(folder.resolve(SERVER_KEY)))
                .clientCertificates(Pem.certificates(folder.resolve(CA_CRT)))
                .revoked(revokedBy(folder.resolve(CRL)))
                .authenticator(authenticator())
                .controlSecurity(ControlSecurity.tlsCryptV2(tlsCryptV2Key()));
    }

    /**
     * Reads the revocation lists of a file, again when it has changed. While it cannot be read, nobody is let in.
     *
     * @param file the file
     * @return its lists
     * @throws IOException if it cannot be read now
     */
    public static Supplier<List<X509CRL>> revokedBy(Path file) throws IOException {
        return new Revoked(file);
    }

    /**
     * Lets in who has a certificate; from the first {@code pktkit ovpn passwd} on, also while the server runs, only who has a
     * password, too. That the file of users is deleted later, or cannot be looked for, opens nothing.
     *
     * @return the authenticator, for a server whose clients need certificates; any thread
     */
    public Authenticator authenticator() {
        UserFile users = new UserFile(userFile());
        // Not exists(), which is false also of a file that cannot be looked for.
        AtomicBoolean asks = new AtomicBoolean(!Files.notExists(userFile()));
        return attempt -> {
            if (asks.get() || !Files.notExists(userFile())) {
                asks.set(true);
                users.authenticate(attempt);
            } else {
                attempt.accept();
            }
        };
    }

    /** {@return the file of users and passwords, which need not be there} */
    public Path userFile() {
        return folder.resolve(USERS);
    }

    /**
     * Names the file of a client.
     *
     * @param name its name
     * @return the file, which is there unless it was deleted
     */
    public Path clientFile(String name) {
        return folder.resolve(CLIENTS).resolve(name + ".ovpn");
    }

    private TlsCryptV2Key tlsCryptV2Key() throws IOException {
        return TlsCryptV2Key.parse(Files.readString(folder.resolve(V2_KEY)));
    }

    private Issuer issuer() {
        return new Issuer(random, clock.instant());
    }

    private Issuer.Issued authority() throws IOException {
        return new Issuer.Issued(
                Pem.certificates(folder.resolve(CA_CRT)).get(0), Pem.privateKey(folder.resolve(CA_KEY)));
    }

    private void writeServer(Issuer issuer, Issuer.Issued authority) throws IOException {
        Issuer.Issued server = issuer.issue("server", Issuer.Purpose.SERVER, LIFETIME, authority);
        write(SERVER_KEY, Pem.write(server.key()));
        write(SERVER_CRT, pem(server.certificate()));
    }

    private void writeList(X509CRL list) throws IOException {
        try {
            write(CRL, Pem.write("X509 CRL", list.getEncoded()));
        } catch (CRLException e) {
            throw new IOException("the revocation list cannot be written: " + e.getMessage(), e);
        }
    }

    private void write(String file, String text) throws IOException {
        PrivateFiles.write(folder.resolve(file), text);
    }

    private Path certificateOf(String name) {
        return folder.resolve(CLIENTS).resolve(name + ".crt");
    }

    private static String pem(X509Certificate certificate) throws IOException {
        try {
            return Pem.write("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IOException("a certificate cannot be written: " + e.getMessage(), e);
        }
    }

    private static void checkName(String name) {
        if (!name.matches("[A-Za-z0-9_@][A-Za-z0-9._@-]{0,63}")) {
            throw new IllegalArgumentException("letters, digits and . _ @ -, at most 64: name=" + name);
        }
    }

    private static final class Revoked implements Supplier<List<X509CRL>> {

        private final Path file;
        private @Nullable FileTime read;
        private List<X509CRL> lists = List.of();

        Revoked(Path file) throws IOException {
            this.file = file;
            refresh();
        }

        @Override
        public synchronized List<X509CRL> get() {
            try {
                refresh();
            } catch (IOException e) {
                throw new UncheckedIOException("the revocation list cannot be read, so nobody is let in", e);
            }
            return lists;
        }

        private void refresh() throws IOException {
            FileTime changed = Files.getLastModifiedTime(file);
            if (!changed.equals(read)) {
                lists = Pem.revocationLists(file);
                read = changed;
            }
        }
    }
}
