import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** What a row holds: all that was counted up to an offset. Sums and values in thousandths. */
public final class Total implements CopyableValue<Total> {
    private static final int VARIABLE = -1;

    RowKey key;
    long count;
    long values;
    long sum;
    long least = Long.MAX_VALUE;
    long most = Long.MIN_VALUE;
    long upTo;
    /** Whether it has changed since it was last sent on; not part of the value. */
    boolean isChanged;

    /** For Flink. */
    public Total() {}

    Total(RowKey key) {
        this.key = key;
    }

    /** Fails rather than let a sum overflow. */
    void add(Event event) {
        count++;
        upTo = event.offset;
        if (!event.hasValue) return;
        values++;
        sum = Math.addExact(sum, event.thousandths);
        least = Math.min(least, event.thousandths);
        most = Math.max(most, event.thousandths);
    }

    @Override
    public void write(DataOutputView out) throws IOException {
        key.write(out);
        out.writeLong(count);
        out.writeLong(values);
        out.writeLong(sum);
        out.writeLong(least);
        out.writeLong(most);
        out.writeLong(upTo);
    }

    @Override
    public void read(DataInputView in) throws IOException {
        key = new RowKey();
        key.read(in);
        count = in.readLong();
        values = in.readLong();
        sum = in.readLong();
        least = in.readLong();
        most = in.readLong();
        upTo = in.readLong();
    }

    @Override
    public Total copy() {
        Total copy = new Total();
        copyTo(copy);
        return copy;
    }

    @Override
    public void copyTo(Total target) {
        target.key = key;
        target.count = count;
        target.values = values;
        target.sum = sum;
        target.least = least;
        target.most = most;
        target.upTo = upTo;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        Total total = new Total();
        total.read(in);
        total.write(out);
    }

    @Override
    public int getBinaryLength() {
        return VARIABLE;
    }
}
