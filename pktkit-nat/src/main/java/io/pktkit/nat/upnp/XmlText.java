// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

/** Text in XML. */
final class XmlText {

    private XmlText() {}

    /** Written so that it is text anywhere; what XML 1.0 cannot say at all becomes a question mark. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&apos;");
                case '\r' -> escaped.append("&#13;");
                default -> {
                    if (isChar(c)) {
                        escaped.appendCodePoint(c);
                    } else {
                        escaped.append('?');
                    }
                }
            }
        });
        return escaped.toString();
    }

    /** XML 1.0 section 2.2. */
    private static boolean isChar(int c) {
        return c == '\t'
                || c == '\n'
                || (c >= 0x20 && c <= 0xD7FF)
                || (c >= 0xE000 && c <= 0xFFFD)
                || (c >= 0x10000 && c <= 0x10FFFF);
    }
}
