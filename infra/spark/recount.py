"""The recount of the archive on Apache Spark, for archives that one machine is too small for.

It reads the same Parquet files as the recount in DuckDB, shares no code with it, and must give the same. What counts
is told in stores/archive/archive.ts. Run it by `npm run spark-recount`, or with spark-submit on a cluster.
"""

from argparse import ArgumentParser
from datetime import datetime, timezone

from pyspark.sql import SparkSession
from pyspark.sql.functions import col

SECONDS_PER_MINUTE = 60

# The archive's own files end in their checksums; files with other names are foreign, and not read.
FILES = "date=*/hour=*/*." + "[0-9a-f]" * 8 + ".parquet"

# Spark would otherwise take them from any one of the files. A column that a file is too old to have is null.
EVENT_COLUMNS = """
    tenant STRING, video_id STRING, type STRING, minute INT, id STRING, time_ms BIGINT, value BIGINT,
    origin STRING, source STRING, log_offset BIGINT, log_index INT, log_time_ms BIGINT,
    event_source STRING, date STRING, hour STRING
"""

# An event that was too far ahead of log time is a dead letter, and is not counted.
COUNTED = """
    SELECT *, origin IN ('events', 'events-overflow') AND time_ms >= log_time_ms - {horizon_ms} AS on_time
    FROM {events}
    WHERE minute >= {from_minute} AND minute < {before_minute}
      AND NOT (origin IN ('events', 'events-overflow') AND time_ms > log_time_ms + {ahead_ms})
"""

# The name of an event is its bucket, source and id. The copy that counts is the least: on time before all others, then by its place; among those on time wherever they
# were read from. The columns after the place are only carried along.
CHOSEN = """
    SELECT tenant, video_id, type, minute, least.value, NOT least.missed AS on_time
    FROM (
        SELECT tenant, video_id, type, minute, event_source, id, min(struct(
            NOT on_time AS missed, if(on_time, '', origin), if(on_time, '', source), log_offset, log_index, source,
            value
        )) AS least
        FROM {counted}
        GROUP BY tenant, video_id, type, minute, event_source, id
    )
"""

# Sums are wider than a BIGINT, so that they cannot overflow.
BUCKETS = """
    SELECT tenant, video_id, type, minute,
        count(*) AS all_count,
        count(value) AS all_values,
        coalesce(sum(cast(value AS DECIMAL(28, 0))), 0) AS all_sum,
        min(value) AS all_min,
        max(value) AS all_max,
        count_if(on_time) AS on_time_count,
        count(value) FILTER (WHERE on_time) AS on_time_values,
        coalesce(sum(cast(value AS DECIMAL(28, 0))) FILTER (WHERE on_time), 0) AS on_time_sum,
        min(value) FILTER (WHERE on_time) AS on_time_min,
        max(value) FILTER (WHERE on_time) AS on_time_max
    FROM {chosen}
    GROUP BY tenant, video_id, type, minute
"""


def main():
    parser = ArgumentParser(description="Recounts the archive's events by tenant, video, type and minute.")
    parser.add_argument("--archive", required=True, help="where its date=… folders are")
    parser.add_argument("--out", required=True, help="a folder of Parquet files, replaced as a whole")
    parser.add_argument("--from-minute", type=int, required=True, help="minutes since the epoch; the first counted")
    parser.add_argument("--before-minute", type=int, required=True, help="the first that is not counted any more")
    parser.add_argument("--horizon-ms", type=int, required=True, help="how old an event on time may be")
    parser.add_argument("--ahead-ms", type=int, required=True, help="how far ahead of log time it may be")
    question = vars(parser.parse_args())
    archive, out = question.pop("archive"), question.pop("out")

    spark = SparkSession.builder.appName("tally recount").getOrCreate()
    try:
        recount(spark, archive, **question).write.mode("overwrite").parquet(out)
    finally:
        spark.stop()


def recount(spark, archive, from_minute, before_minute, horizon_ms, ahead_ms):
    """One row a bucket, in no order."""
    events = (
        spark.read.schema(EVENT_COLUMNS)
        .option("basePath", archive)
        .parquet(f"{archive}/{FILES}")
        .where(col("date").between(date_of(from_minute), date_of(before_minute - 1)))
    )
    window = {"from_minute": from_minute, "before_minute": before_minute}
    counted = spark.sql(COUNTED, events=events, horizon_ms=horizon_ms, ahead_ms=ahead_ms, **window)
    return spark.sql(BUCKETS, chosen=spark.sql(CHOSEN, counted=counted))


def date_of(minute):
    return datetime.fromtimestamp(minute * SECONDS_PER_MINUTE, timezone.utc).date().isoformat()


if __name__ == "__main__":
    main()
