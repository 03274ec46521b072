// SPDX-License-Identifier: MIT
package io.pktkit.consumer.nativeio;

/** That {@code pktkit-native}, which is for pktkit's own modules, resolves for whoever names it. */
public final class Main {
    private Main() {}

    /**
     * @param args none
     * @throws ClassNotFoundException if it is not there
     */
    public static void main(String[] args) throws ClassNotFoundException {
        System.out.println(Class.forName("io.pktkit.nativeio.NativePlatform", false, Main.class.getClassLoader()));
    }
}
