// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Opens UDP endpoints with the best provider that this system has. Any thread. */
public final class Datagrams {

    private static final System.Logger LOG = System.getLogger(Datagrams.class.getName());
    private static final DatagramProvider PORTABLE = new ChannelProvider();

    private Datagrams() {}

    /**
     * Opens an endpoint with the best provider.
     *
     * @param config what it is bound to, and its sizes
     * @return the endpoint, owned by the caller
     * @throws IOException naming address, port and remedy, when it cannot be bound
     */
    public static DatagramEndpoint open(DatagramConfig config) throws IOException {
        return providers().get(0).open(config);
    }

    /** {@return the providers that work on this system, the best first and the portable one last} */
    public static List<DatagramProvider> providers() {
        List<DatagramProvider> found = new ArrayList<>();
        Iterator<DatagramProvider> loaded = ServiceLoader.load(
                        DatagramProvider.class, DatagramProvider.class.getClassLoader())
                .iterator();
        while (hasNext(loaded)) {
            try {
                DatagramProvider provider = loaded.next();
                if (provider.isAvailable()) {
                    found.add(provider);
                }
            } catch (ServiceConfigurationError | LinkageError broken) {
                LOG.log(System.Logger.Level.WARNING, "a provider of datagrams cannot be loaded", broken);
            }
        }
        found.sort(Comparator.comparingInt(DatagramProvider::priority).reversed());
        found.add(PORTABLE);
        return List.copyOf(found);
    }

    /** {@return the provider that needs nothing but the JDK} */
    public static DatagramProvider portable() {
        return PORTABLE;
    }

    private static boolean hasNext(Iterator<DatagramProvider> providers) {
        try {
            return providers.hasNext();
        } catch (ServiceConfigurationError broken) {
            LOG.log(System.Logger.Level.WARNING, "the providers of datagrams cannot be listed", broken);
            return false;
        }
    }
}
