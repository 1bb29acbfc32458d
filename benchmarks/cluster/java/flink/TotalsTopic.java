import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The topic to which totals go, in a transaction for each checkpoint. Of a row the last message counts. */
final class TotalsTopic {
    private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact");
    private static final Duration POLL = Duration.ofMillis(100);

    private final String brokers;
    private final String topic;
    private final int partitions;

    TotalsTopic(String brokers, String topic, int partitions) {
        this.brokers = brokers;
        this.topic = topic;
        this.partitions = partitions;
    }

    void create() throws Exception {
        NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(COMPACTED);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            admin.createTopics(List.of(wanted)).all().get();
        }
    }

    KafkaSink<Total> sink() {
        return KafkaSink.<Total>builder()
            .setBootstrapServers(brokers)
            .setRecordSerializer(new TotalMessages(topic))
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(topic)
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .setProperty("transaction.timeout.ms", "600000")
            .setProperty("batch.size", "262144")
            .setProperty("linger.ms", "50")
            .setProperty("compression.type", "lz4")
            .build();
    }

    /** Writes what a reader of committed messages finds: for each bucket the sum of its rows. */
    void writeCounts(Path file) throws IOException {
        Map<String, Long> counts = new HashMap<>();
        readTotals().forEach((row, total) -> {
            String bucket = row.substring(row.indexOf(' ') + 1);
            counts.merge(bucket, Long.valueOf(total.substring(0, total.indexOf(' '))), Long::sum);
        });
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            counts.forEach((bucket, count) -> out.println(bucket + '\t' + count));
        }
    }

    private Map<String, String> readTotals() {
        Map<String, String> totals = new HashMap<>();
        List<TopicPartition> all =
            IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
        Map<String, Object> settings = Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed");
        var text = new StringDeserializer();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings, text, text)) {
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(message -> totals.put(message.key(), message.value()));
            }
        }
        return totals;
    }
}
