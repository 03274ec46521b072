// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Reads and writes PEM files, such as OpenVPN's options {@code ca}, {@code cert}, {@code key} and {@code crl-verify} name. */
public final class Pem {

    private static final String KEY = "PRIVATE KEY";

    private Pem() {}

    /**
     * Reads certificates.
     *
     * @param file with one or more, in order
     * @return the certificates, at least one
     * @throws IOException naming the file, if there is none in it
     */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        return certificates(read(file), file.toString());
    }

    /**
     * Reads certificates out of a text.
     *
     * @param text what a file has, or what is inline in another one
     * @param file its name, for errors
     * @return the certificates, at least one
     * @throws IOException naming the file, if there is none in it
     */
    public static List<X509Certificate> certificates(String text, String file) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] each : blocks(text, file, "CERTIFICATE")) {
                found.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(each)));
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": a certificate cannot be read: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new IOException(file + ": there is no -----BEGIN CERTIFICATE-----");
        }
        return found;
    }

    /**
     * Reads a private key.
     *
     * @param file with a key in the form of PKCS#8, not encrypted: RSA, EC or Ed25519
     * @return the key
     * @throws IOException naming file and remedy, if there is none in it
     */
    public static PrivateKey privateKey(Path file) throws IOException {
        return privateKey(read(file), file.toString());
    }

    /**
     * Reads a private key out of a text.
     *
     * @param text what a file has, or what is inline in another one
     * @param file its name, for errors
     * @return the key
     * @throws IOException naming the file, if there is none in it
     */
    public static PrivateKey privateKey(String text, String file) throws IOException {
        List<byte[]> found = blocks(text, file, KEY);
        if (found.isEmpty()) {
            throw new IOException(file + ": there is no -----BEGIN PRIVATE KEY-----; convert another form with: "
                    + "openssl pkcs8 -topk8 -nocrypt -in KEY -out " + file);
        }
        InvalidKeySpecException last = null;
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(found.get(0)));
            } catch (InvalidKeySpecException other) {
                // It is of another algorithm.
                last = other;
            } catch (NoSuchAlgorithmException e) {
                throw new IOException("the JDK has no " + algorithm, e);
            }
        }
        throw new IOException(file + ": the private key is not RSA, EC or Ed25519", last);
    }

    /**
     * Reads a revocation list.
     *
     * @param file with one or more
     * @return the lists, at least one
     * @throws IOException naming the file, if there is none in it
     */
    public static List<X509CRL> revocationLists(Path file) throws IOException {
        return revocationLists(read(file), file.toString());
    }

    /**
     * Reads a revocation list out of a text.
     *
     * @param text what a file has, or what is inline in another one
     * @param file its name, for errors
     * @return the lists, at least one
     * @throws IOException naming the file, if there is none in it
     */
    public static List<X509CRL> revocationLists(String text, String file) throws IOException {
        List<X509CRL> found = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (byte[] each : blocks(text, file, "X509 CRL")) {
                found.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(each)));
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + ": a revocation list cannot be read: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new IOException(file + ": there is no -----BEGIN X509 CRL-----");
        }
        return found;
    }

    static String write(String label, byte[] content) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    static String write(PrivateKey key) {
        return write(KEY, key.getEncoded());
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    private static List<byte[]> blocks(String text, String file, String label) throws IOException {
        String begin = "-----BEGIN " + label + "-----";
        String end = "-----END " + label + "-----";
        List<byte[]> found = new ArrayList<>();
        for (int at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
            int last = text.indexOf(end, at);
            if (last < 0) {
                throw new IOException(file + ": " + begin + " without its END");
            }
            try {
                found.add(Base64.getMimeDecoder().decode(text.substring(at + begin.length(), last)));
            } catch (IllegalArgumentException e) {
                throw new IOException(file + ": what is between " + begin + " and its END is not base64", e);
            }
        }
        return found;
    }
}
