// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * What a client holds of a server for TCP Fast Open (RFC 7413 section 4.1.3): the cookie that shows that the client has
 * had this address before, and the server's MSS, which limits what a SYN can carry. Immutable.
 */
public final class FastOpenCookie {
    /** No cookie: the SYN asks for one and carries no data. */
    public static final FastOpenCookie NONE = new FastOpenCookie(new byte[0], TcpConfig.MIN_MSS);

    private static final int SHORTEST = 4;
    private static final int LONGEST = 16;

    private final byte[] octets;
    private final int mss;

    private FastOpenCookie(byte[] octets, int mss) {
        this.octets = octets;
        this.mss = mss;
    }

    /**
     * A cookie that a server gave.
     *
     * @param octets 4 to 16, an even number; copied
     * @param mss the MSS that the server announced with it, at least {@value TcpConfig#MIN_MSS}
     * @return the cookie
     * @throws IllegalArgumentException if the length or the MSS is out of range
     */
    public static FastOpenCookie of(byte[] octets, int mss) {
        if (!isLength(octets.length)) {
            throw new IllegalArgumentException(
                    "a cookie must have an even number of octets in [4, 16]: length=" + octets.length);
        }
        if (mss < TcpConfig.MIN_MSS) {
            throw new IllegalArgumentException("mss must be at least " + TcpConfig.MIN_MSS + ": mss=" + mss);
        }
        return new FastOpenCookie(octets.clone(), mss);
    }

    /**
     * Whether a cookie may have this length.
     *
     * @param length octets
     * @return true for the even numbers from 4 to 16 (RFC 7413 section 4.1.1)
     */
    public static boolean isLength(int length) {
        return length >= SHORTEST && length <= LONGEST && length % 2 == 0;
    }

    /** {@return the octets of the cookie, a copy; none if there is no cookie} */
    public byte[] toBytes() {
        return octets.clone();
    }

    /** {@return whether this only asks for a cookie} */
    public boolean isNone() {
        return octets.length == 0;
    }

    /** {@return the server's MSS in bytes} */
    public int mss() {
        return mss;
    }

    /** Without the octets: who knows them can make the server work for nothing. */
    @Override
    public String toString() {
        return "FastOpenCookie[length=" + octets.length + " mss=" + mss + "]";
    }
}
