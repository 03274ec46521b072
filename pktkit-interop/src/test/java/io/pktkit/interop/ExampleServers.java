// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** The servers that the documentation's examples speak of, on free ports of the loopback. */
final class ExampleServers implements AutoCloseable {
    private static final byte[] PAGE = "hello".getBytes(StandardCharsets.US_ASCII);

    private final HttpServer pages;
    private final ServerSocket database;

    ExampleServers() throws IOException {
        pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        pages.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, PAGE.length);
            exchange.getResponseBody().write(PAGE);
            exchange.close();
        });
        pages.start();
        database = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::refuseAll, "example-database");
        thread.setDaemon(true);
        thread.start();
    }

    int pages() {
        return pages.getAddress().getPort();
    }

    int database() {
        return database.getLocalPort();
    }

    private void refuseAll() {
        while (!database.isClosed()) {
            try (Socket socket = database.accept()) {
                refuse(socket);
            } catch (IOException e) {
                // Closed by the test, which ends the loop, or by the driver, and the next one is accepted all the same.
            }
        }
    }

    /** PostgreSQL's protocol 3.0: a start-up message of a length, answered by an ErrorResponse of fields that end in zero. */
    private static void refuse(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        in.readNBytes(in.readInt() - Integer.BYTES);
        byte[] fields =
                "SFATAL\0VFATAL\0C28000\0Mrole \"alice\" does not exist\0\0".getBytes(StandardCharsets.US_ASCII);
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeByte('E');
        out.writeInt(Integer.BYTES + fields.length);
        out.write(fields);
        out.flush();
        socket.shutdownOutput();
        in.readAllBytes();
    }

    @Override
    public void close() throws IOException {
        pages.stop(0);
        database.close();
    }
}
