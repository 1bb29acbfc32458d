import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.connector.sink2.SinkWriter;

/**
 * Writes rows in batches of one partition each, many at once. A checkpoint waits in `flush` until all that it includes
 * is durable; a row that cannot be written fails the job, which would go on from the checkpoint before.
 */
final class RowWriter implements SinkWriter<Total> {
    private static final int PARTITION_ROWS_MAX = 100;
    /** Each is of a partition of its own. */
    private static final int NOTES_MAX = 20;
    private static final int BATCHES_AT_ONCE_MAX = 64;

    private final CqlSession session = RowStatements.connect();
    private final RowStatements statements = new RowStatements(session);
    private final Map<Long, BatchStatementBuilder> rows = new HashMap<>();
    private final Semaphore free = new Semaphore(BATCHES_AT_ONCE_MAX);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private BatchStatementBuilder notes = batch();

    @Override
    public void write(Total total, Context context) throws IOException, InterruptedException {
        RowStatements.Row row = statements.rowOf(total);
        BatchStatementBuilder open = rows.computeIfAbsent(row.partition(), partition -> batch());
        open.addStatement(row.statement());
        if (open.getStatementsCount() == PARTITION_ROWS_MAX) send(rows.remove(row.partition()));
        for (BoundStatement note : row.notes()) {
            notes.addStatement(note);
            if (notes.getStatementsCount() == NOTES_MAX) sendNotes();
        }
    }

    @Override
    public void flush(boolean isLast) throws IOException, InterruptedException {
        for (BatchStatementBuilder open : rows.values()) send(open);
        rows.clear();
        if (notes.getStatementsCount() > 0) sendNotes();
        free.acquire(BATCHES_AT_ONCE_MAX);
        free.release(BATCHES_AT_ONCE_MAX);
        failIfAny();
    }

    @Override
    public void close() {
        session.close();
    }

    private void sendNotes() throws IOException, InterruptedException {
        send(notes);
        notes = batch();
    }

    private void send(BatchStatementBuilder batch) throws IOException, InterruptedException {
        failIfAny();
        free.acquire();
        session.executeAsync(batch.build()).whenComplete((done, error) -> {
            if (error != null) failure.compareAndSet(null, error);
            free.release();
        });
    }

    private void failIfAny() throws IOException {
        if (failure.get() != null) throw new IOException("rows could not be written", failure.get());
    }

    private static BatchStatementBuilder batch() {
        return BatchStatement.builder(BatchType.UNLOGGED);
    }
}
