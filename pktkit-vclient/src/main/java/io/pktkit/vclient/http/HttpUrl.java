// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import io.pktkit.dns.DnsName;
import io.pktkit.wire.AddressFormatException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL of scheme http or https.
 *
 * @param uri all of it in ASCII
 * @param host a name, an address, or an IPv6 address in brackets
 * @param givenPort 1 to 65535, or -1 for the scheme's own
 */
record HttpUrl(URI uri, String host, int givenPort) {
    private static final String REMEDY = "write http:// or https://, a host, and what follows";
    private static final Pattern PLACE = Pattern.compile("(?:.*@)?([^:@]+)(?::(\\d{0,5}))?");

    static HttpUrl parse(String url) {
        URI uri;
        try {
            uri = new URI(new URI(url).toASCIIString());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("not a URL: " + HttpText.quote(url) + "; " + REMEDY, e);
        }
        boolean scheme = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        HttpUrl parsed = uri.getHost() == null ? ofAuthority(uri) : new HttpUrl(uri, uri.getHost(), uri.getPort());
        if (!scheme
                || parsed == null
                || parsed.host.indexOf('%') >= 0
                || (parsed.givenPort != -1 && (parsed.givenPort < 1 || parsed.givenPort > 65535))
                || !HttpText.isTarget(uri.toString())) {
            throw new IllegalArgumentException("not a URL to ask for: " + HttpText.quote(url) + "; " + REMEDY);
        }
        return parsed;
    }

    /**
     * {@link URI} knows hosts by RFC 2396 alone. In RFC 3986 section 3.2.2 a host may be any name, and many a network's own have
     * underscores, or a label that begins with a digit at the end.
     */
    private static @Nullable HttpUrl ofAuthority(URI uri) {
        Matcher place = PLACE.matcher(String.valueOf(uri.getRawAuthority()));
        if (uri.getRawAuthority() == null || !place.matches()) {
            return null;
        }
        String digits = place.group(2);
        int port = digits == null || digits.isEmpty() ? -1 : Integer.parseInt(digits);
        try {
            return DnsName.parse(place.group(1)).isRoot() ? null : new HttpUrl(uri, place.group(1), port);
        } catch (AddressFormatException e) {
            return null;
        }
    }

    boolean isHttps() {
        return "https".equalsIgnoreCase(uri.getScheme());
    }

    int port() {
        return givenPort >= 0 ? givenPort : usualPort();
    }

    /** The host without the brackets of an IPv6 address. */
    String bareHost() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** What the field Host says (RFC 9110 section 7.2): the port only if it is not the scheme's own. */
    String hostField() {
        return port() == usualPort() ? host : host + ":" + port();
    }

    private int usualPort() {
        return isHttps() ? 443 : 80;
    }
}
