import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Walks over the events of one of Tally's records, without copying. It reads what the partitioner writes for an event
 * that has no source, version 2 of the schema, and refuses anything else.
 */
final class RecordCursor {
    /** CRC-64-AVRO of schemas/event.v2.avsc. */
    private static final long FINGERPRINT = 0xfe6ee0b741a08253L;
    private static final byte MAGIC = 0x54;
    private static final byte VERSION = 1;
    private static final int COUNT_AT = 2;
    private static final int HEADER_BYTES = 6;
    private static final int LENGTH_BYTES = 4;
    private static final short SINGLE_OBJECT = 0x01c3;
    private static final int SINGLE_OBJECT_HEADER_BYTES = 10;

    private static final VarHandle SHORT = littleEndian(short[].class);
    private static final VarHandle INT = littleEndian(int[].class);
    private static final VarHandle LONG = littleEndian(long[].class);

    /** The record; all places are offsets in it. */
    byte[] bytes;
    /** Tenant, video and type as encoded, each after its length: equal keys have equal bytes. */
    int keyAt;
    int keyEnd;
    /** Of the characters alone. */
    int videoAt;
    int videoEnd;
    int typeAt;
    int idAt;
    int idEnd;
    long timeMs;
    boolean hasValue;
    long thousandths;

    private int at;
    private int next;
    private int rest;

    void open(byte[] record) {
        if (record.length < HEADER_BYTES || record[0] != MAGIC || record[1] != VERSION) {
            throw new IllegalArgumentException("a message is no record");
        }
        bytes = record;
        rest = (int) INT.get(record, COUNT_AT);
        next = HEADER_BYTES;
    }

    /** Goes to the next event; false where there is none. */
    boolean next() {
        if (rest-- == 0) return false;
        int start = next + LENGTH_BYTES;
        next = start + (int) INT.get(bytes, next);
        if ((short) SHORT.get(bytes, start) != SINGLE_OBJECT || (long) LONG.get(bytes, start + 2) != FINGERPRINT) {
            throw new IllegalArgumentException("an event is of another version than 2");
        }
        at = start + SINGLE_OBJECT_HEADER_BYTES;
        keyAt = at;
        text();
        videoAt = text();
        videoEnd = at;
        typeAt = text();
        keyEnd = at;
        idAt = text();
        idEnd = at;
        timeMs = number();
        hasValue = bytes[at++] != 0;
        thousandths = hasValue ? number() : 0;
        return true;
    }

    /** Goes past a text and returns where its characters start. */
    private int text() {
        int length = (int) number();
        int start = at;
        at += length;
        return start;
    }

    /** Seven bits a byte, the lowest first; zigzag. */
    private long number() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = bytes[at++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) return value >>> 1 ^ -(value & 1);
        }
    }

    private static VarHandle littleEndian(Class<?> words) {
        return MethodHandles.byteArrayViewVarHandle(words, ByteOrder.LITTLE_ENDIAN);
    }
}
