// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * Sockets of a virtual network, or to show that what is expected of them is right, the JDK's own on loopback; and what tables of
 * methods are made of. The first run over both families.
 */
abstract class StreamSocketRig {
    private final ManualTime time = new ManualTime();
    final VirtualClient alice = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final VirtualClient bob = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    Network network = Network.VIRTUAL_IPV4;

    /** Where the sockets of a row are, what their addresses are, and one that nobody there has. */
    enum Network {
        VIRTUAL_IPV4("10.0.0.1", "10.0.0.2", "10.0.0.9"),
        VIRTUAL_IPV6("fd00::1", "fd00::2", "fd00::9"),
        JDK_IPV4("127.0.0.1", "127.0.0.1", "192.0.2.1"),
        JDK_IPV6("::1", "::1", "2001:db8::1");

        final InetAddress own;
        final InetAddress peer;
        final InetAddress nobody;

        Network(String own, String peer, String nobody) {
            this.own = IpAddress.parse(own).toInetAddress();
            this.peer = IpAddress.parse(peer).toInetAddress();
            this.nobody = IpAddress.parse(nobody).toInetAddress();
        }

        boolean isVirtual() {
            return this == VIRTUAL_IPV4 || this == VIRTUAL_IPV6;
        }
    }

    /** Two that are connected, and who has accepted. */
    record Pair(ServerSocket server, Socket near, Socket far) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            near.close();
            far.close();
            server.close();
        }
    }

    StreamSocketRig() {
        alice.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        alice.setPrefix(IpPrefix.parse("fd00::1/64"));
        bob.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        bob.setPrefix(IpPrefix.parse("fd00::2/64"));
        alice.attach(bob::send);
        bob.attach(alice::send);
    }

    @AfterEach
    void tearDown() {
        alice.close();
        bob.close();
    }

    /** What holds for each method, by its name. */
    abstract Map<String, Executable> rows();

    @TestFactory
    Stream<DynamicTest> shouldKeepTheContractOfEachMethod() {
        return Stream.of(Network.values())
                .flatMap(each -> rows().entrySet().stream()
                        .map(row -> DynamicTest.dynamicTest(each + " " + row.getKey(), () -> {
                            network = each;
                            row.getValue().execute();
                        })));
    }

    /** The names of the methods that objects of a class have in public. */
    static Set<String> methods(Class<?> type) {
        Set<String> methods = new TreeSet<>();
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
                methods.add(method.getName());
            }
        }
        return methods;
    }

    static void put(Map<String, Executable> rows, Executable row, String... methods) {
        for (String method : methods) {
            rows.put(method, row);
        }
    }

    Socket socket() throws IOException {
        return network.isVirtual() ? alice.socketFactory().createSocket() : new Socket();
    }

    ServerSocket server() throws IOException {
        return network.isVirtual() ? bob.serverSocketFactory().createServerSocket() : new ServerSocket();
    }

    Pair pair() throws IOException {
        ServerSocket server = server();
        server.bind(new InetSocketAddress(network.peer, 0));
        Socket near = socket();
        near.connect(server.getLocalSocketAddress());
        return new Pair(server, near, server.accept());
    }

    Socket closed() throws IOException {
        Socket socket = socket();
        socket.close();
        return socket;
    }

    InetSocketAddress own(int port) {
        return new InetSocketAddress(network.own, port);
    }

    static SocketAddress strange() {
        return new SocketAddress() {};
    }
}
