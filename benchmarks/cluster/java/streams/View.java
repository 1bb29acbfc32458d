import com.fasterxml.jackson.annotation.JsonProperty;

/** An event, as JSON holds it. */
record View(
    @JsonProperty("id") String id,
    @JsonProperty("videoId") String videoId,
    @JsonProperty("type") String type,
    @JsonProperty("time") long time,
    @JsonProperty("value") double value) {

    String bucket() {
        return videoId + '|' + type + '|' + time / 60_000;
    }
}
