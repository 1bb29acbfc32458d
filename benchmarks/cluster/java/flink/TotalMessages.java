import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A total as a message: the row's partition and bucket, then its numbers. */
final class TotalMessages implements KafkaRecordSerializationSchema<Total>, KafkaDatasetFacetProvider {
    private final String topic;

    TotalMessages(String topic) {
        this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Total total, KafkaSinkContext context, Long timestamp) {
        String row = total.key.partition + " " + total.key.bucket();
        String numbers = total.count + " " + total.values + ' ' + total.sum + ' '
            + total.least + ' ' + total.most + ' ' + total.upTo;
        return new ProducerRecord<>(topic, bytes(row), bytes(numbers));
    }

    /** Pooled names of transactions need the topic. */
    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
        var topics = DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic));
        return Optional.of(new DefaultKafkaDatasetFacet(topics, new Properties()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
