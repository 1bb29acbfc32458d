import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Counts each id once per bucket. The key of the topic brings all copies of an event to one task, so nothing
 * is repartitioned; a copy has its original's time, so an id is looked up at one time, not over a window.
 */
final class CountOnce extends ContextualProcessor<byte[], byte[], Void, Void> {
    static final String COUNTS = "counts";
    private static final String SEEN = "seen";
    /** An event that is older than this when the log takes it is late. */
    private static final Duration WINDOW = Duration.ofMinutes(10);

    private final Views views;
    private KeyValueStore<String, Long> counts;
    private WindowStore<String, Long> seen;
    private long oldestMs;

    private CountOnce(Views views) {
        this.views = views;
    }

    static Topology topology(String topic, Supplier<Views> views) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(topic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())).process(new WithStores(views));
        return builder.build();
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        counts = context.getStateStore(COUNTS);
        seen = context.getStateStore(SEEN);
    }

    @Override
    public void process(Record<byte[], byte[]> message) {
        Marks.first();
        oldestMs = context().currentStreamTimeMs() - WINDOW.toMillis();
        views.read(message.value(), this::count);
    }

    private void count(View view) {
        if (view.time() < oldestMs) return;
        if (seen.fetch(view.id(), view.time()) != null) return;
        seen.put(view.id(), view.time(), view.time());
        String bucket = view.bucket();
        Long before = counts.get(bucket);
        counts.put(bucket, before == null ? 1 : before + 1);
    }

    private record WithStores(Supplier<Views> views) implements ProcessorSupplier<byte[], byte[], Void, Void> {
        @Override
        public CountOnce get() {
            return new CountOnce(views.get());
        }

        /** Counts are cached, so that their changelog gets a bucket once a commit and not once an event. */
        @Override
        public Set<StoreBuilder<?>> stores() {
            var counts = Stores.persistentKeyValueStore(COUNTS);
            var seen = Stores.persistentWindowStore(SEEN, WINDOW, WINDOW, false);
            return Set.of(
                Stores.keyValueStoreBuilder(counts, Serdes.String(), Serdes.Long()).withCachingEnabled(),
                Stores.windowStoreBuilder(seen, Serdes.String(), Serdes.Long()));
        }
    }
}
