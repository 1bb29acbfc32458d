import java.nio.file.Path;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Counts a filled topic with Flink, in this process, until a checkpoint holds all of it and the totals are where they
 * belong: in a topic, of which it then writes the counts to a file, or in Tally's tables.
 * usage: FlinkCounter topic|cassandra
 */
final class FlinkCounter {
    private static final String BROKERS = System.getenv("BROKERS");
    private static final String RUN = System.getenv("RUN");
    private static final int TASKS = 2;
    private static final String POLL_RECORDS_MAX = "10000";

    private FlinkCounter() {}

    public static void main(String[] args) throws Exception {
        boolean toTopic = args[0].equals("topic");
        TotalsTopic topic = new TotalsTopic(BROKERS, RUN + "-totals", TASKS);
        if (toTopic) topic.create();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(TASKS, settings());
        DataStream<Total> totals = totals(env);
        if (toTopic) {
            totals.sinkTo(topic.sink());
        } else {
            totals.sinkTo(new RowSink()).setParallelism(1); // in a task of its own, so that counting goes on
        }
        Marks.mark("start");
        env.execute(RUN);
        Marks.mark("done");
        if (toTopic) topic.writeCounts(Path.of(System.getenv("ANSWER_FILE")));
        System.exit(0);
    }

    private static DataStream<Total> totals(StreamExecutionEnvironment env) {
        DataStream<Event> events =
            env.fromSource(source(), WatermarkStrategy.forMonotonousTimestamps(), "events").map(new OwnKeys());
        KeyedStream<Event, RowKey> keyed =
            DataStreamUtils.reinterpretAsKeyedStream(events, event -> event.key, TypeInformation.of(RowKey.class));
        return keyed.transform("count", TypeInformation.of(Total.class), new CountBuckets());
    }

    private static KafkaSource<Event> source() {
        return KafkaSource.<Event>builder()
            .setBootstrapServers(BROKERS)
            .setTopics(System.getenv("TOPIC"))
            .setGroupId(RUN)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setDeserializer(new EventReader())
            .setProperty("max.poll.records", POLL_RECORDS_MAX)
            .build();
    }

    private static Configuration settings() {
        Configuration settings = new Configuration();
        settings.setString("state.backend.type", "hashmap");
        settings.setString("execution.checkpointing.mode", "EXACTLY_ONCE");
        settings.setString("execution.checkpointing.interval", System.getenv("FLUSH_INTERVAL_MS") + " ms");
        settings.setString("execution.checkpointing.dir", "file://" + System.getenv("STATE_DIRECTORY"));
        settings.setString("pipeline.object-reuse", "true");
        settings.setString("restart-strategy.type", "none");
        settings.setString("rest.address", "127.0.0.1");
        settings.setString("rest.bind-address", "127.0.0.1");
        settings.setString("rest.bind-port", "0");
        settings.setString("taskmanager.numberOfTaskSlots", String.valueOf(TASKS));
        return settings;
    }
}
