// SPDX-License-Identifier: MIT

/**
 * Native functions by the Foreign Function and Memory API of JDK 22 and later. A call costs a tenth of JNA's. The API is found
 * by reflection, since this is built for JDK 17; a class for each JDK in the JAR was rejected, as a release built on 17 would
 * lack one.
 *
 * <p>It is used where native access was granted to this module, or to the class path that it is on, and not otherwise: the JDK
 * would warn of it or refuse. On the class path that is so as soon as JNA has been loaded, for which the JDK warns once or was
 * told not to; modules are granted one by one. With the system property {@code pktkit.native.calls} set to {@code jna} it is
 * never used.
 *
 * <p><b>Ownership and threads.</b> Any thread. Libraries stay loaded and their functions stay bound as long as the process runs.
 * Each thread has four bytes where its calls leave errno, freed when it has ended and its locals were collected.
 */
@NullMarked
package io.pktkit.nativeio.foreign;

import org.jspecify.annotations.NullMarked;
