// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import java.io.IOException;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.DefaultTlsClient;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureScheme;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** A client's TLS, which believes every server. */
final class TestTlsClient extends DefaultTlsClient {

    private final BcTlsCrypto bc;
    private final TestCerts.@Nullable Holder own;
    private final boolean tls13;
    byte @Nullable [] dataKeys;
    byte @Nullable [] dynamicTlsCrypt;
    boolean complete;

    TestTlsClient(TestCerts.@Nullable Holder own, boolean tls13) {
        super(new BcTlsCrypto(new SecureRandom()));
        this.bc = (BcTlsCrypto) getCrypto();
        this.own = own;
        this.tls13 = tls13;
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return (tls13 ? ProtocolVersion.TLSv13 : ProtocolVersion.TLSv12).downTo(ProtocolVersion.TLSv12);
    }

    @Override
    public TlsAuthentication getAuthentication() {
        return new TlsAuthentication() {
            @Override
            public void notifyServerCertificate(TlsServerCertificate certificate) {
                // Believed.
            }

            @Override
            public @Nullable TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
                return credentials();
            }
        };
    }

    private @Nullable TlsCredentials credentials() throws IOException {
        if (own == null) {
            return null;
        }
        try {
            CertificateEntry entry =
                    new CertificateEntry(bc.createCertificate(own.chain().get(0).getEncoded()), null);
            Certificate chain = new Certificate(
                    TlsUtils.isTLSv13(context) ? TlsUtils.EMPTY_BYTES : null, new CertificateEntry[] {entry});
            return new BcDefaultTlsCredentialedSigner(
                    new TlsCryptoParameters(context),
                    bc,
                    PrivateKeyFactory.createKey(own.key().getEncoded()),
                    chain,
                    SignatureScheme.getSignatureAndHashAlgorithm(SignatureScheme.ecdsa_secp256r1_sha256));
        } catch (CertificateEncodingException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
        super.notifyHandshakeComplete();
        complete = true;
        dataKeys = context.exportKeyingMaterial("EXPORTER-OpenVPN-datakeys", null, 256);
        dynamicTlsCrypt = context.exportKeyingMaterial("EXPORTER-OpenVPN-dynamic-tls-crypt", null, 256);
    }
}
