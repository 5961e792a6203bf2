// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.time.DateTimeException;
import java.time.ZoneId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a time zone: {@code UTC}, {@code local}, {@code +01:00}, {@code Europe/Berlin}. */
public final class Zones implements ITypeConverter<ZoneId> {
    @Override
    public ZoneId convert(String text) {
        if (text.equalsIgnoreCase("local")) {
            return ZoneId.systemDefault();
        }
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new TypeConversionException("'" + text + "' is not a zone such as UTC, local, +01:00, Europe/Berlin");
        }
    }
}
