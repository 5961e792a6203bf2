// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The disk spool: the {@link io.processsignals.common.log.EventLog} that survives an outage of Kafka, the death of the
 * agent and an upgrade.
 *
 * <h2>On disk</h2>
 *
 * A folder of mode 0700 with files of mode 0600:
 *
 * <ul>
 *   <li>{@code 0000000001.seg}, {@code 0000000002.seg}, ...: segments; the one with the highest number is appended to
 *   <li>{@code checkpoint}: the first record that was never acknowledged
 *   <li>{@code lock}: locked by the one agent that writes here; holds its pid, until it closes the spool
 *   <li>{@code *.tmp}: being written, or waiting to be written again; not part of the spool until renamed
 * </ul>
 *
 * All numbers are little endian. CRCs are CRC-32C (Castagnoli). A record's position is {@code segment number << 32 |
 * index in the segment}.
 *
 * <h3>Segment header</h3>
 *
 * <pre>
 *   0  u8[8]  magic "PSSPOOL\n"
 *   8  u32    format version, 2
 *  12  u32    header length in bytes, CRC included; the first record follows
 *  16  i64    segment number
 *  24  i64    last segment number that this file stands for: the number itself, or more after a merge
 *  32  i64    created, wall clock in microseconds
 *  40  i64    CRC-64-AVRO fingerprint of the schema's parsing canonical form
 *  48  u32    flags: 1 = rewritten, holds only priority records
 *  52  u32    length of the schema, n
 *  56  u8[n]  the writer's schema, complete JSON in UTF-8
 *  56+n u32   CRC of everything before
 * </pre>
 *
 * <h3>Record</h3>
 *
 * <pre>
 *   0  u32    CRC of bytes [4, 8 + length), exclusive or segment number * 0x9E3779B1
 *   4  u32    length of what follows
 *   8  u8     event type, index of the symbol in the schema's enum
 *   9  u8     flags: 1 = priority
 *  10  u8     hook, index of the symbol in the schema's enum
 *  11  u8     0
 *  12  i32    cpu
 *  16  i64    timestamp, wall clock in microseconds
 *  24  i64    CLOCK_BOOTTIME in microseconds
 *  32  i64    capture id
 *  40  i64    sequence
 *  48  u32    length of the key, k
 *  52  u8[k]  key, UTF-8
 * 52+k u8[]   Avro body without wire-format prefix, to the end of the record
 * </pre>
 *
 * <h3>End mark</h3>
 *
 * <pre>
 *   0  u32    CRC of bytes [4, 8), exclusive or segment number * 0x9E3779B1
 *   4  u32    0
 * </pre>
 *
 * Stands behind the last record where the file does not end there, because it was another segment before. In version 1
 * there is none, and the CRCs are plain.
 *
 * <h3>Checkpoint</h3>
 *
 * <pre>
 *   0  u8[8]  magic "PSCHKPT\n"
 *   8  u32    format version, 1
 *  12  i64    position of the first record that was never acknowledged
 *  20  u32    CRC of bytes [0, 20)
 * </pre>
 *
 * <h2>Rules</h2>
 *
 * <ul>
 *   <li>A segment is appended to by one start of one agent, with one schema. Every start begins a new one.
 *   <li>A segment is deleted when each of its records is acknowledged. The checkpoint lags behind the acknowledgements,
 *       so that a crash sends some records again, with the same identity.
 *   <li>Two files of such segments are kept for ten seconds under a temporary name and, if a segment is begun
 *       meanwhile, written over from the start. Every batch then ends with an end mark, until the segment is full and
 *       the file is cut. What the file held before cannot be taken for records: their CRCs are of another segment.
 *   <li>At start the last segment is cut at its first bad record: that is the batch that a crash left unfinished. Bad
 *       bytes anywhere else cost the rest of their segment, which is reported.
 *   <li>When the byte cap is near, the oldest segments that the reader has not begun are rewritten to keep only their
 *       priority records, small ones merged into the one before; when all are, the oldest is dropped whole. What the
 *       reader has begun may be in Kafka already and is never taken back.
 *   <li>A rewritten segment replaces the file of its number by rename. Segments merged into it are deleted after that;
 *       one found with a number that a file before it stands for is such a leftover, and ignored.
 * </ul>
 */
@NullMarked
package io.processsignals.common.spool;

import org.jspecify.annotations.NullMarked;
