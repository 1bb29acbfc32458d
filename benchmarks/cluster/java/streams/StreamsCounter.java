import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * Counts a filled topic with Kafka Streams until all of it is committed, then writes the counts to a file.
 * usage: StreamsCounter json|records
 */
final class StreamsCounter {
    private static final String BROKERS = System.getenv("BROKERS");
    private static final String TOPIC = System.getenv("TOPIC");
    private static final int PARTITIONS = Integer.parseInt(System.getenv("PARTITIONS"));

    private StreamsCounter() {}

    public static void main(String[] args) throws Exception {
        Supplier<Views> views = args[0].equals("records") ? RecordViews::new : JsonViews::new;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKERS));
             KafkaStreams streams = new KafkaStreams(CountOnce.topology(TOPIC, views), settings())) {
            streams.setUncaughtExceptionHandler(e -> {
                e.printStackTrace();
                Runtime.getRuntime().halt(1);
                return null;
            });
            Map<TopicPartition, Long> ends = ends(admin);
            Marks.mark("start");
            streams.start();
            while (!isCommitted(streams, ends)) Thread.sleep(20);
            Marks.mark("done");
            writeCounts(streams, Path.of(System.getenv("ANSWER_FILE")));
            streams.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
        }
    }

    /**
     * What was found by hand to make it fast: large, compressed batches. ParallelGC is the third part of it.
     */
    private static Properties settings() {
        Properties p = new Properties();
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, System.getenv("RUN"));
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, BROKERS);
        p.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("STATE_DIRECTORY"));
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, System.getenv("FLUSH_INTERVAL_MS"));
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
        p.put("auto.offset.reset", "earliest");
        p.put("producer.batch.size", 256 * 1024);
        p.put("producer.compression.type", "lz4");
        return p;
    }

    private static Map<TopicPartition, Long> ends(Admin admin) throws Exception {
        Map<TopicPartition, OffsetSpec> latest = IntStream.range(0, PARTITIONS).boxed()
            .collect(Collectors.toMap(p -> new TopicPartition(TOPIC, p), p -> OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(latest).all().get();
        return found.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
    }

    /**
     * With exactly-once a committed offset says that counts and changelogs up to there are in the log as
     * well.
     */
    private static boolean isCommitted(KafkaStreams streams, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> committed = new HashMap<>();
        streams.metadataForLocalThreads().forEach(thread ->
            thread.activeTasks().forEach(task -> committed.putAll(task.committedOffsets())));
        return ends.entrySet().stream()
            .allMatch(end -> committed.getOrDefault(end.getKey(), 0L) >= end.getValue());
    }

    private static void writeCounts(KafkaStreams streams, Path file) throws IOException {
        var type = QueryableStoreTypes.<String, Long>keyValueStore();
        var store = streams.store(StoreQueryParameters.fromNameAndType(CountOnce.COUNTS, type));
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file)); var all = store.all()) {
            all.forEachRemaining(entry -> out.println(entry.key + '\t' + entry.value));
        }
    }
}
