// SPDX-License-Identifier: GPL-2.0-or-later
package io.processsignals.postmortem.replay;

import io.processsignals.events.ProcessSignalEvent;
import io.processsignals.postmortem.source.StoredEvent;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;

/** An Avro container file with the schema in it: any Avro library reads it. */
public final class AvroOutput implements ReplayOutput {
    private final DataFileWriter<ProcessSignalEvent> writer;

    /** @param out is closed with this */
    public AvroOutput(OutputStream out) throws IOException {
        SpecificData model = SpecificData.getForClass(ProcessSignalEvent.class);
        writer = new DataFileWriter<>(new SpecificDatumWriter<>(ProcessSignalEvent.getClassSchema(), model));
        writer.setCodec(CodecFactory.deflateCodec(CodecFactory.DEFAULT_DEFLATE_LEVEL));
        writer.create(ProcessSignalEvent.getClassSchema(), out);
    }

    @Override
    public boolean write(StoredEvent event) throws IOException {
        writer.append(event.record().event());
        return true;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
