// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.Authenticator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Users and their passwords in a file: a line {@code NAME:ITERATIONS:SALT:HASH} for each, the hash by PBKDF2 with
 * HMAC-SHA256 (RFC 8018). The file is read at each question, so a change counts from the next one on. Any thread.
 */
public final class UserFile implements Authenticator {

    private static final int ITERATIONS = 310_000;
    private static final int MOST_ITERATIONS = 10_000_000;
    private static final int SALT_LENGTH = 16;
    private static final int HASH_LENGTH = 32;
    private static final String NAME = "[A-Za-z0-9_@][A-Za-z0-9._@-]{0,63}";

    private final Path file;
    private final SecureRandom random;

    /**
     * Names a file, which need not be there yet.
     *
     * @param file the file
     */
    public UserFile(Path file) {
        this.file = file;
        this.random = new SecureRandom();
    }

    private record Entry(int iterations, String salt, String hash) {}

    /**
     * Sets the password of a user, who is added if not there.
     *
     * @param name letters, digits, {@code . _ @ -}, at most 64
     * @param password the password, which is not changed
     * @throws IOException if the file cannot be written
     */
    public void setPassword(String name, char[] password) throws IOException {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException("letters, digits and . _ @ -, at most 64: name=" + name);
        }
        byte[] salt = new byte[SALT_LENGTH];
        random.nextBytes(salt);
        String hash = HexFormat.of().formatHex(hash(password, salt, ITERATIONS));
        Map<String, Entry> users = read();
        users.put(name, new Entry(ITERATIONS, HexFormat.of().formatHex(salt), hash));
        write(users);
    }

    /**
     * Removes a user.
     *
     * @param name the user
     * @return false if there is none of that name
     * @throws IOException if the file cannot be written
     */
    public boolean remove(String name) throws IOException {
        Map<String, Entry> users = read();
        boolean known = users.remove(name) != null;
        write(users);
        return known;
    }

    /** Lets in who has the password of a user; for who has a certificate, too, the user must have its name. */
    @Override
    public void authenticate(AuthAttempt attempt) {
        String commonName = attempt.identity().commonName();
        String username = attempt.identity().username();
        char[] password = attempt.password();
        try {
            if (isRight(username, password) && (commonName.isEmpty() || commonName.equals(username))) {
                attempt.accept();
            } else {
                attempt.reject("");
            }
        } catch (IOException e) {
            attempt.reject("");
            throw new UncheckedIOException(e);
        } finally {
            Arrays.fill(password, '\0');
        }
    }

    /**
     * Checks a password. That a user does not exist takes as long to find out as that a password is wrong.
     *
     * @param name the user
     * @param password the password
     * @return whether it is the user's
     * @throws IOException if the file cannot be read
     */
    public boolean isRight(String name, char[] password) throws IOException {
        Entry entry = read().get(name);
        boolean known = entry != null;
        Entry checked = entry != null ? entry : new Entry(ITERATIONS, "00".repeat(SALT_LENGTH), "");
        byte[] hash = hash(password, HexFormat.of().parseHex(checked.salt), checked.iterations);
        return MessageDigest.isEqual(hash, HexFormat.of().parseHex(checked.hash)) && known;
    }

    private Map<String, Entry> read() throws IOException {
        Map<String, Entry> users = new TreeMap<>();
        if (Files.notExists(file)) {
            return users;
        }
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split(":", -1);
            if (parts.length != 4
                    || !parts[1].matches("[1-9][0-9]{0,7}")
                    || Integer.parseInt(parts[1]) > MOST_ITERATIONS
                    || !parts[2].matches("([0-9a-f]{2})+")
                    || !parts[3].matches("([0-9a-f]{2})+")) {
                throw new IOException(file + ":" + number
                        + ": NAME:ITERATIONS:SALT:HASH is needed; set the password anew with: pktkit ovpn passwd");
            }
            users.put(parts[0], new Entry(Integer.parseInt(parts[1]), parts[2], parts[3]));
        }
        return users;
    }

    private void write(Map<String, Entry> users) throws IOException {
        StringBuilder text = new StringBuilder();
        users.forEach((name, entry) -> text.append(name)
                .append(':')
                .append(entry.iterations)
                .append(':')
                .append(entry.salt)
                .append(':')
                .append(entry.hash)
                .append('\n'));
        PrivateFiles.write(file, text.toString());
    }

    private static byte[] hash(char[] password, byte[] salt, int iterations) {
        // PBKDF2 of the JDK does not take an empty password, which nobody may have anyway.
        char[] secret = password.length == 0 ? new char[] {0} : password;
        PBEKeySpec spec = new PBEKeySpec(secret, salt, iterations, 8 * HASH_LENGTH);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no PBKDF2WithHmacSHA256", e);
        } finally {
            spec.clearPassword();
        }
    }
}
