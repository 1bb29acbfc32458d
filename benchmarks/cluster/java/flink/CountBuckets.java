import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Counts each id once per bucket, and sends the totals that have changed on with each checkpoint. State on the heap may
 * be changed in place: after a checkpoint its first use makes a copy. Watermarks are log time, so a bucket is forgotten
 * when every event of its minute is late.
 */
final class CountBuckets extends AbstractStreamOperator<Total>
    implements OneInputStreamOperator<Event, Total>, Triggerable<RowKey, VoidNamespace> {
    private static final long MINUTE_MS = 60_000;
    /** How long the log's time may step back. */
    private static final long SLACK_MS = MINUTE_MS;

    private transient ValueState<Bucket> buckets;
    private transient InternalTimerService<VoidNamespace> ends;
    private transient List<Total> changed;

    @Override
    public void open() throws Exception {
        super.open();
        buckets = getPartitionedState(new ValueStateDescriptor<>("buckets", Bucket.class));
        ends = getInternalTimerService("ends", VoidNamespaceSerializer.INSTANCE, this);
        changed = new ArrayList<>();
    }

    @Override
    public void processElement(StreamRecord<Event> element) throws Exception {
        Event event = element.getValue();
        Bucket bucket = buckets.value();
        if (bucket == null) {
            bucket = new Bucket(event.key);
            buckets.update(bucket);
            long endMs = (event.key.minute + 1) * MINUTE_MS;
            ends.registerEventTimeTimer(VoidNamespace.INSTANCE, endMs + EventReader.HORIZON_MS + SLACK_MS);
        }
        if (!bucket.addId(event.idHigh, event.idLow)) return;
        Total total = bucket.total;
        total.add(event);
        if (total.isChanged) return;
        total.isChanged = true;
        changed.add(total);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpoint) {
        sendChanged();
    }

    @Override
    public void finish() throws Exception {
        sendChanged();
        super.finish();
    }

    private void sendChanged() {
        for (Total total : changed) {
            total.isChanged = false;
            output.collect(new StreamRecord<>(total));
        }
        changed.clear();
    }

    @Override
    public void onEventTime(InternalTimer<RowKey, VoidNamespace> end) throws Exception {
        buckets.clear();
    }

    @Override
    public void onProcessingTime(InternalTimer<RowKey, VoidNamespace> none) {}

    /** The end of the topic is not the end of time. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() != Long.MAX_VALUE) super.processWatermark(mark);
    }
}
