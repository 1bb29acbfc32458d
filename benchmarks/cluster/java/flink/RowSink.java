import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Totals become Tally's own rows in Cassandra. A row that is written again, or late, changes nothing. */
final class RowSink implements Sink<Total> {
    @Override
    public SinkWriter<Total> createWriter(WriterInitContext context) {
        return new RowWriter();
    }
}
