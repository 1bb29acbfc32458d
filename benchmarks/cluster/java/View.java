import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** An event as JSON holds it; only read here. */
record View(
    @JsonProperty("id") String id,
    @JsonProperty("videoId") String videoId,
    @JsonProperty("type") String type,
    @JsonProperty("time") long time,
    @JsonProperty("value") double value) {

    private static final ObjectReader READER = new ObjectMapper().readerFor(View.class);

    String bucket() {
        return videoId + '|' + type + '|' + time / 60_000;
    }

    static Serde<View> serde() {
        Serializer<View> none = (topic, view) -> {
            throw new UnsupportedOperationException("views are only read");
        };
        Deserializer<View> json = (topic, bytes) -> parse(bytes);
        return Serdes.serdeFrom(none, json);
    }

    private static View parse(byte[] bytes) {
        try {
            return READER.readValue(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
