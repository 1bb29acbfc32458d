import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** A message is one of Tally's records. */
final class RecordViews implements Views {
    private static final double THOUSAND = 1_000;

    private final RecordCursor cursor = new RecordCursor();

    @Override
    public void read(byte[] message, Consumer<View> out) {
        cursor.open(message);
        while (cursor.next()) {
            out.accept(new View(
                text(cursor.idAt, cursor.idEnd),
                text(cursor.videoAt, cursor.videoEnd),
                text(cursor.typeAt, cursor.keyEnd),
                cursor.timeMs,
                cursor.thousandths / THOUSAND));
        }
    }

    private String text(int from, int end) {
        return new String(cursor.bytes, from, end - from, StandardCharsets.UTF_8);
    }
}
