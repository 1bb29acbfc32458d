import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** A message is one event, as JSON. */
final class JsonViews implements Views {
    private static final ObjectReader READER = new ObjectMapper().readerFor(View.class);

    @Override
    public void read(byte[] message, Consumer<View> out) {
        try {
            out.accept(READER.readValue(message));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
