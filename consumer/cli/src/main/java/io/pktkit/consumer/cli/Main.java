// SPDX-License-Identifier: MIT
package io.pktkit.consumer.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Starts the command of {@code pktkit-cli} the way this program was started. */
public final class Main {
    private Main() {}

    /**
     * @param args none
     * @throws IOException if the command does not start
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        String modules = System.getProperty("jdk.module.path");
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        if (modules == null) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.pktkit.cli.Main"));
        } else {
            command.addAll(List.of("-p", modules, "-m", "io.pktkit.cli/io.pktkit.cli.Main"));
        }
        command.add("--version");
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IllegalStateException("exit=" + exit);
        }
    }
}
