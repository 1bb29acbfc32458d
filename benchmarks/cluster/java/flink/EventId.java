import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** An id as 128 bits: those of a UUID, or of any other id's digest. Never all 0, which marks a free place. */
final class EventId {
    private static final int UUID_CHARS = 36;
    private static final int[] DASHES = {8, 13, 18, 23};
    private static final byte[] DIGITS = new byte[256];

    static {
        Arrays.fill(DIGITS, (byte) -1);
        for (byte digit = 0; digit < 16; digit++) DIGITS[Character.forDigit(digit, 16)] = digit;
    }

    private EventId() {}

    static void read(byte[] bytes, int at, int end, Event into) {
        if (end - at != UUID_CHARS || !readUuid(bytes, at, into)) readDigest(bytes, at, end, into);
    }

    /** False for what is not written as UUIDs are, in lower case, so that two texts are never the same id. */
    private static boolean readUuid(byte[] bytes, int at, Event into) {
        for (int dash : DASHES) if (bytes[at + dash] != '-') return false;
        long first = digits(bytes, at, 8);
        long second = digits(bytes, at + 9, 4);
        long third = digits(bytes, at + 14, 4);
        long fourth = digits(bytes, at + 19, 4);
        long fifth = digits(bytes, at + 24, 12);
        if ((first | second | third | fourth | fifth) < 0) return false;
        into.idHigh = first << 32 | second << 16 | third;
        into.idLow = fourth << 48 | fifth;
        return (into.idHigh | into.idLow) != 0;
    }

    /** Negative where one of them is none. */
    private static long digits(byte[] bytes, int at, int count) {
        long value = 0;
        int bad = 0;
        for (int i = at; i < at + count; i++) {
            int digit = DIGITS[bytes[i] & 0xff];
            bad |= digit;
            value = value << 4 | digit;
        }
        return bad < 0 ? -1 : value;
    }

    private static void readDigest(byte[] bytes, int at, int end, Event into) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, at, end - at);
            ByteBuffer words = ByteBuffer.wrap(digest.digest());
            into.idHigh = words.getLong();
            into.idLow = words.getLong() | 1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
