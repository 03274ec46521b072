// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import io.pktkit.internal.Secrets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.DefaultTlsServer;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SecurityParameters;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/** One handshake as BouncyCastle asks about it: which certificate, which suites, and what of the client's certificate. */
final class OvpnTlsServer extends DefaultTlsServer {

    /** RFC 5705, of OpenVPN's own. */
    private static final String DATA_KEYS = "EXPORTER-OpenVPN-datakeys";

    private static final String DYNAMIC_TLS_CRYPT = "EXPORTER-OpenVPN-dynamic-tls-crypt";
    private static final int EXPORTED_LENGTH = 256;

    private final TlsSettings settings;
    private final BcTlsCrypto bc;
    private final AsymmetricKeyParameter key;
    private final KeySchemes schemes;
    private final List<X509Certificate> clientChain = new ArrayList<>();
    private @Nullable String refusal;
    private byte @Nullable [] dataKeys;
    private byte @Nullable [] dynamicTlsCrypt;
    private boolean complete;

    OvpnTlsServer(TlsSettings settings, BcTlsCrypto crypto, AsymmetricKeyParameter key, KeySchemes schemes) {
        super(crypto);
        this.settings = settings;
        this.bc = crypto;
        this.key = key;
        this.schemes = schemes;
    }

    boolean isComplete() {
        return complete;
    }

    List<X509Certificate> clientChain() {
        return clientChain;
    }

    /** Why the client's certificate was refused, or null. */
    @Nullable
    String refusal() {
        return refusal;
    }

    boolean canExport() {
        return dataKeys != null;
    }

    byte @Nullable [] takeDataKeys() {
        byte[] taken = dataKeys;
        dataKeys = null;
        return taken;
    }

    byte @Nullable [] takeDynamicTlsCrypt() {
        byte[] taken = dynamicTlsCrypt;
        dynamicTlsCrypt = null;
        return taken;
    }

    void wipeExports() {
        for (byte[] each : new byte[][] {takeDataKeys(), takeDynamicTlsCrypt()}) {
            if (each != null) {
                Secrets.wipe(each);
            }
        }
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return (settings.tls13() ? ProtocolVersion.TLSv13 : ProtocolVersion.TLSv12).downTo(ProtocolVersion.TLSv12);
    }

    @Override
    protected int[] getSupportedCipherSuites() {
        return TlsUtils.getSupportedCipherSuites(bc, schemes.suites(settings.tls13()));
    }

    @Override
    public TlsCredentials getCredentials() throws IOException {
        boolean tls13 = TlsUtils.isTLSv13(context);
        SecurityParameters parameters = context.getSecurityParametersHandshake();
        SignatureAndHashAlgorithm algorithm = schemes.choose(parameters.getClientSigAlgs(), tls13);
        if (algorithm == null) {
            throw new TlsFatalAlert(AlertDescription.handshake_failure);
        }
        return new BcDefaultTlsCredentialedSigner(
                new TlsCryptoParameters(context), bc, key, certificate(tls13), algorithm);
    }

    private Certificate certificate(boolean tls13) throws IOException {
        List<X509Certificate> chain = settings.chain();
        CertificateEntry[] entries = new CertificateEntry[chain.size()];
        for (int i = 0; i < entries.length; i++) {
            try {
                entries[i] =
                        new CertificateEntry(bc.createCertificate(chain.get(i).getEncoded()), null);
            } catch (GeneralSecurityException e) {
                throw new TlsFatalAlert(AlertDescription.internal_error, e);
            }
        }
        return new Certificate(tls13 ? TlsUtils.EMPTY_BYTES : null, entries);
    }

    @Override
    public @Nullable CertificateRequest getCertificateRequest() throws IOException {
        if (settings.mode() == ClientCertMode.NONE) {
            return null;
        }
        Vector<?> algorithms = TlsUtils.getDefaultSupportedSignatureAlgorithms(context);
        @SuppressWarnings("JdkObsolete") // what BouncyCastle takes
        Vector<X500Name> names = new Vector<>();
        for (X509Certificate ca : settings.authorities()) {
            names.add(X500Name.getInstance(ca.getSubjectX500Principal().getEncoded()));
        }
        if (TlsUtils.isTLSv13(context)) {
            // The list of authorities may be left out, but not be empty (RFC 8446 section 4.2.4).
            return new CertificateRequest(TlsUtils.EMPTY_BYTES, algorithms, null, names.isEmpty() ? null : names);
        }
        short[] types = {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign};
        return new CertificateRequest(types, algorithms, names);
    }

    @Override
    public void notifyClientCertificate(@Nullable Certificate certificate) throws IOException {
        if (certificate == null || certificate.isEmpty()) {
            if (settings.mode() == ClientCertMode.REQUIRED) {
                refusal = "no certificate";
                throw new TlsFatalAlert(
                        TlsUtils.isTLSv13(context)
                                ? AlertDescription.certificate_required
                                : AlertDescription.handshake_failure);
            }
            return;
        }
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (TlsCertificate each : certificate.getCertificateList()) {
                clientChain.add(
                        (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(each.getEncoded())));
            }
        } catch (GeneralSecurityException e) {
            refusal = "malformed certificate";
            throw new TlsFatalAlert(AlertDescription.bad_certificate, e);
        }
        refusal = settings.verifier().refusal(List.copyOf(clientChain));
        if (refusal != null) {
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
        }
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
        super.notifyHandshakeComplete();
        complete = true;
        // Only here there is something to export from; with TLS 1.2 it needs the extended master secret (RFC 7627).
        if (TlsUtils.isTLSv13(context)
                || context.getSecurityParametersConnection().isExtendedMasterSecret()) {
            dataKeys = context.exportKeyingMaterial(DATA_KEYS, null, EXPORTED_LENGTH);
            dynamicTlsCrypt = context.exportKeyingMaterial(DYNAMIC_TLS_CRYPT, null, EXPORTED_LENGTH);
        }
    }

    /** What the peers' versions agreed on, for the log. */
    String description() {
        SecurityParameters parameters = context.getSecurityParametersConnection();
        return parameters == null ? "no TLS" : String.valueOf(parameters.getNegotiatedVersion());
    }
}
