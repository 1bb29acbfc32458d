import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatementBuilder;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.utils.Utils;

/**
 * The rows of Tally's counts as statements: each total in one cell with the offset up to which it counts, stamped with
 * its minute and that offset, so that the higher one wins; and the notes of days and hours that have rows. Values are
 * the bytes of CQL's types.
 */
final class RowStatements {
    private static final long MINUTE_MS = 60_000;
    private static final long MINUTE_MICROS = 60_000_000;
    private static final int MINUTES_PER_HOUR = 60;
    private static final int MINUTES_PER_DAY = 1_440;
    private static final long RETENTION_MS = Long.parseLong(System.getenv("RETENTION_MS"));
    private static final String TOPIC = System.getenv("TOPIC");
    /** A row's source is a partition of an incarnation, with which the topic's name ends. */
    private static final String SOURCE_PREFIX = TOPIC.substring(TOPIC.lastIndexOf('.') + 1) + '-';
    /** Notes that are remembered; what is forgotten is written again. */
    private static final int KNOWN_MAX = 500_000;
    private static final int NULL = -1;

    /** `partition`: names the one that the row is in. */
    record Row(long partition, BoundStatement statement, List<BoundStatement> notes) {}

    private record Day(ByteBuffer series, int day) {}

    private final PreparedStatement insertRow;
    private final PreparedStatement insertDay;
    private final PreparedStatement insertHour;
    private final int shards;
    private final Set<Object> known = new HashSet<>();

    RowStatements(CqlSession session) {
        insertRow = session.prepare("INSERT INTO shared_counts"
            + " (shard, hour, tenant, video_id, event_type, minute, source, total)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?");
        insertDay = session.prepare("INSERT INTO video_days (tenant, video_id, event_type, day)"
            + " VALUES (?, ?, ?, ?) USING TIMESTAMP ?");
        insertHour = session.prepare("INSERT INTO counted_hours (month, hour)"
            + " VALUES (?, ?) USING TIMESTAMP ? AND TTL ?");
        shards = session.execute("SELECT shards FROM count_forms WHERE scope = 'counts'").one().getInt(0);
    }

    static CqlSession connect() {
        String[] address = System.getenv("CASSANDRA").split(":");
        DriverConfigLoader settings = DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(12))
            .withString(DefaultDriverOption.REQUEST_CONSISTENCY, "QUORUM")
            .withBoolean(DefaultDriverOption.REQUEST_DEFAULT_IDEMPOTENCE, true)
            .withInt(DefaultDriverOption.CONNECTION_POOL_LOCAL_SIZE, 2)
            .build();
        return CqlSession.builder()
            .addContactPoint(new InetSocketAddress(address[0], Integer.parseInt(address[1])))
            .withLocalDatacenter("datacenter1")
            .withKeyspace(System.getenv("KEYSPACE"))
            .withConfigLoader(settings)
            .build();
    }

    Row rowOf(Total total) {
        RowKey key = total.key;
        byte[][] names = key.names();
        int hour = key.minute - key.minute % MINUTES_PER_HOUR;
        int shard = shardOf(names[0], names[1]);
        BoundStatementBuilder row = insertRow.boundStatementBuilder()
            .setInt(0, shard)
            .setBytesUnsafe(1, timestamp(hour));
        setNames(row, 2, names);
        row.setBytesUnsafe(5, timestamp(key.minute))
            .setString(6, SOURCE_PREFIX + key.partition)
            .setBytesUnsafe(7, cellOf(total))
            .setLong(8, key.minute * MINUTE_MICROS + total.upTo)
            .setInt(9, secondsToLive(key.minute));
        return new Row((long) hour << 32 | shard, row.build(), notesOf(key, names, hour));
    }

    private List<BoundStatement> notesOf(RowKey key, byte[][] names, int hour) {
        List<BoundStatement> notes = new ArrayList<>(0);
        int day = key.minute / MINUTES_PER_DAY;
        if (known.size() >= KNOWN_MAX) known.clear();
        if (known.add(hour)) {
            BoundStatementBuilder note = insertHour.boundStatementBuilder()
                .setBytesUnsafe(0, date(monthOf(hour)))
                .setBytesUnsafe(1, timestamp(hour))
                .setLong(2, hour * MINUTE_MICROS)
                .setInt(3, secondsToLive(hour + MINUTES_PER_HOUR));
            notes.add(note.build());
        }
        if (known.add(new Day(ByteBuffer.wrap(key.series), day))) {
            BoundStatementBuilder note = insertDay.boundStatementBuilder();
            setNames(note, 0, names);
            notes.add(note.setBytesUnsafe(3, date(day)).setLong(4, day * MINUTES_PER_DAY * MINUTE_MICROS).build());
        }
        return notes;
    }

    private int shardOf(byte[] tenant, byte[] video) {
        byte[] name = new byte[tenant.length + 1 + video.length];
        System.arraycopy(tenant, 0, name, 0, tenant.length);
        System.arraycopy(video, 0, name, tenant.length + 1, video.length);
        return Integer.remainderUnsigned(Utils.murmur2(name), shards);
    }

    private static void setNames(BoundStatementBuilder statement, int from, byte[][] names) {
        for (int i = 0; i < names.length; i++) statement.setBytesUnsafe(from + i, ByteBuffer.wrap(names[i]));
    }

    /** The type `total`: count, values, sum, min, max and up_to, each after its length. */
    private static ByteBuffer cellOf(Total total) {
        ByteBuffer cell = ByteBuffer.allocate(6 * (Integer.BYTES + Long.BYTES));
        put(cell, total.count);
        put(cell, total.values);
        put(cell, total.sum);
        if (total.values == 0) {
            cell.putInt(NULL).putInt(NULL);
        } else {
            put(cell, total.least);
            put(cell, total.most);
        }
        put(cell, total.upTo);
        return cell.flip();
    }

    private static void put(ByteBuffer cell, long number) {
        cell.putInt(Long.BYTES).putLong(number);
    }

    private static ByteBuffer timestamp(int minute) {
        return ByteBuffer.allocate(Long.BYTES).putLong(minute * MINUTE_MS).flip();
    }

    /** Days are counted from 2^31 days before the epoch. */
    private static ByteBuffer date(int day) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(day + Integer.MIN_VALUE).flip();
    }

    private static int monthOf(int minute) {
        LocalDate date = LocalDate.ofInstant(Instant.ofEpochSecond(minute * 60L), ZoneOffset.UTC);
        return (int) date.withDayOfMonth(1).toEpochDay();
    }

    private static int secondsToLive(int minute) {
        long leftMs = minute * MINUTE_MS + RETENTION_MS - System.currentTimeMillis();
        return (int) Math.max(1, (leftMs + 999) / 1_000);
    }
}
