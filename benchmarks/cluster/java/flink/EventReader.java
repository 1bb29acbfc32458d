import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Takes the events out of a record. An event that is late, or ahead, by the highest time that its partition of the log
 * has shown is left out.
 */
final class EventReader implements KafkaRecordDeserializationSchema<Event> {
    static final long HORIZON_MS = 600_000;
    private static final long AHEAD_MS = 120_000;
    private static final int MINUTE_MS = 60_000;

    private transient RecordCursor cursor;
    private transient Event event;
    private transient Map<Integer, Long> logTimesMs;

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        cursor = new RecordCursor();
        event = new Event();
        logTimesMs = new HashMap<>();
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> message, Collector<Event> out) {
        Marks.first();
        int partition = message.partition();
        long logTimeMs = logTimesMs.merge(partition, message.timestamp(), Math::max);
        event.offset = message.offset();
        cursor.open(message.value());
        while (cursor.next()) {
            long timeMs = cursor.timeMs;
            if (timeMs < logTimeMs - HORIZON_MS || timeMs > logTimeMs + AHEAD_MS) continue;
            event.key = new RowKey(cursor, partition, (int) (timeMs / MINUTE_MS));
            event.hasValue = cursor.hasValue;
            event.thousandths = cursor.thousandths;
            EventId.read(cursor.bytes, cursor.idAt, cursor.idEnd, event);
            out.collect(event);
        }
    }

    @Override
    public TypeInformation<Event> getProducedType() {
        return TypeInformation.of(Event.class);
    }
}
