// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.cli;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads a point in time: {@code now}, {@code -15m}, {@code 2026-11-20}, {@code 2026-11-20T14:02}, the same with
 * {@code Z} or {@code +01:00}. Without a zone it is UTC.
 */
public final class Times implements ITypeConverter<Instant> {
    private static final List<Function<String, Instant>> FORMS = List.of(
            text -> OffsetDateTime.parse(text).toInstant(),
            text -> LocalDateTime.parse(text).toInstant(ZoneOffset.UTC),
            text -> LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant());

    @Override
    public Instant convert(String text) {
        String trimmed = text.strip().replace(' ', 'T');
        if (trimmed.equalsIgnoreCase("now")) {
            return Instant.now();
        }
        if (trimmed.startsWith("-")) {
            return Instant.now().minus(new Durations().convert(trimmed.substring(1)));
        }
        for (Function<String, Instant> form : FORMS) {
            try {
                return form.apply(trimmed);
            } catch (DateTimeParseException e) {
                // another form
            }
        }
        throw new TypeConversionException(
                "'" + text + "' is not a time such as -15m, now, 2026-11-20T14:02:03Z or 2026-11-20T14:02+01:00");
    }
}
