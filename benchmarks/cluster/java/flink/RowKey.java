import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.types.CopyableValue;

/** What a row counts: the events of a video, a type and a minute in one partition. */
public final class RowKey implements CopyableValue<RowKey> {
    private static final int VARIABLE = -1;
    private static final int STEP = 0x9E3779B9;

    /** Tenant, video and type as records encode them, each after its length. */
    byte[] series;
    int partition;
    int minute;
    /** Flink finds the task of a key by it. */
    private int hash;

    /** For Flink. */
    public RowKey() {}

    RowKey(RecordCursor cursor, int partition, int minute) {
        series = Arrays.copyOfRange(cursor.bytes, cursor.keyAt, cursor.keyEnd);
        this.partition = partition;
        this.minute = minute;
        hash = 31 * Arrays.hashCode(series) + minute;
    }

    /** Takes the first hash that Flink gives to this task of so many. */
    void giveTo(int task, int tasks, int keyGroups) {
        while (true) {
            int group = KeyGroupRangeAssignment.computeKeyGroupForKeyHash(hash, keyGroups);
            if (KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup(keyGroups, tasks, group) == task) return;
            hash += STEP;
        }
    }

    /** Tenant, video and type. */
    byte[][] names() {
        byte[][] names = new byte[3][];
        int at = 0;
        for (int i = 0; i < names.length; i++) {
            int length = 0;
            int shift = 0;
            for (; series[at] < 0; shift += 7) length |= (series[at++] & 0x7f) << shift;
            length |= series[at++] << shift;
            names[i] = Arrays.copyOfRange(series, at, at + length / 2);
            at += length / 2;
        }
        return names;
    }

    /** As the truth names its bucket: {@code video|type|minute}. */
    String bucket() {
        byte[][] names = names();
        return text(names[1]) + '|' + text(names[2]) + '|' + minute;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that && hash == that.hash && minute == that.minute
            && partition == that.partition && Arrays.equals(series, that.series);
    }

    @Override
    public void write(DataOutputView out) throws IOException {
        out.writeShort(series.length);
        out.write(series);
        out.writeInt(partition);
        out.writeInt(minute);
        out.writeInt(hash);
    }

    @Override
    public void read(DataInputView in) throws IOException {
        series = new byte[in.readUnsignedShort()];
        in.readFully(series);
        partition = in.readInt();
        minute = in.readInt();
        hash = in.readInt();
    }

    @Override
    public RowKey copy() {
        RowKey copy = new RowKey();
        copyTo(copy);
        return copy;
    }

    @Override
    public void copyTo(RowKey target) {
        target.series = series;
        target.partition = partition;
        target.minute = minute;
        target.hash = hash;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        RowKey key = new RowKey();
        key.read(in);
        key.write(out);
    }

    @Override
    public int getBinaryLength() {
        return VARIABLE;
    }
}
