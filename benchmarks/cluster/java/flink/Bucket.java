import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** A total with the ids that it counts: a hash table with open addresses, two words an id, both 0 where free. */
public final class Bucket implements CopyableValue<Bucket> {
    private static final int VARIABLE = -1;
    private static final int IDS_FIRST = 4;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    Total total;
    private long[] ids = new long[2 * IDS_FIRST];
    private int held;

    /** For Flink. */
    public Bucket() {}

    Bucket(RowKey key) {
        total = new Total(key);
    }

    /** False if the id was there. */
    boolean addId(long high, long low) {
        int at = place(ids, high, low);
        if ((ids[at] | ids[at + 1]) != 0) return false;
        ids[at] = high;
        ids[at + 1] = low;
        held++;
        if (8 * held > 3 * ids.length) grow(); // three of four places are taken
        return true;
    }

    private void grow() {
        long[] old = ids;
        ids = new long[2 * old.length];
        for (int from = 0; from < old.length; from += 2) {
            if ((old[from] | old[from + 1]) == 0) continue;
            int at = place(ids, old[from], old[from + 1]);
            ids[at] = old[from];
            ids[at + 1] = old[from + 1];
        }
    }

    /** Where the id is, or where it would go. */
    private static int place(long[] ids, long high, long low) {
        int mask = ids.length - 1;
        int at = (int) ((high ^ low) * MIX >>> 33) << 1 & mask;
        while ((ids[at] != high || ids[at + 1] != low) && (ids[at] | ids[at + 1]) != 0) at = at + 2 & mask;
        return at;
    }

    @Override
    public void write(DataOutputView out) throws IOException {
        total.write(out);
        out.writeInt(held);
        for (int i = 0; i < ids.length; i += 2) {
            if ((ids[i] | ids[i + 1]) == 0) continue;
            out.writeLong(ids[i]);
            out.writeLong(ids[i + 1]);
        }
    }

    @Override
    public void read(DataInputView in) throws IOException {
        total = new Total();
        total.read(in);
        ids = new long[2 * IDS_FIRST];
        held = 0;
        for (int rest = in.readInt(); rest > 0; rest--) addId(in.readLong(), in.readLong());
    }

    @Override
    public Bucket copy() {
        Bucket copy = new Bucket();
        copyTo(copy);
        return copy;
    }

    @Override
    public void copyTo(Bucket target) {
        target.total = total.copy();
        target.ids = ids.clone();
        target.held = held;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        Bucket bucket = new Bucket();
        bucket.read(in);
        bucket.write(out);
    }

    @Override
    public int getBinaryLength() {
        return VARIABLE;
    }
}
