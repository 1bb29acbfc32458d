"""Counts some hours of the archive on Apache Spark. spark-engine.ts starts it by spark-submit, and reads its result.

It shares no code with the recount in DuckDB, and must give the same. What counts is told in stores/archive/archive.ts.
Its argument is a file with the order, as JSON; it answers by another file, which is written whole or not at all.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from urllib.parse import unquote

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr

MINUTES_PER_HOUR = 60
WATCH_S = 1
FAULT_CHARS_MAX = 2000

# Spark would otherwise take them from any one of the files. A column that a file is too old to have is null.
EVENT_COLUMNS = """
    tenant STRING, video_id STRING, type STRING, minute INT, id STRING, time_ms BIGINT, value BIGINT,
    origin STRING, source STRING, log_offset BIGINT, log_index INT, log_time_ms BIGINT, event_source STRING
"""

# An event that was too far ahead of log time is a dead letter, and is not counted.
COUNTED = """
    SELECT *, origin IN ('events', 'events-overflow') AND time_ms >= {oldest_live} AS on_time
    FROM {events}
    WHERE minute < {before_minute}
      AND NOT (origin IN ('events', 'events-overflow') AND time_ms > log_time_ms + {ahead_ms})
"""

# The name of an event is its bucket, source and id. The copy that counts is the least: on time before all others, then
# by its place; among those on time wherever they were read from. The columns after the place are only carried along.
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
        count(*) AS count,
        count(value) AS `values`,
        sum(cast(value AS DECIMAL(28, 0))) AS sum,
        min(value) AS min,
        max(value) AS max,
        count_if(on_time) AS count_on_time,
        count(value) FILTER (WHERE on_time) AS values_on_time,
        sum(cast(value AS DECIMAL(28, 0))) FILTER (WHERE on_time) AS sum_on_time,
        min(value) FILTER (WHERE on_time) AS min_on_time,
        max(value) FILTER (WHERE on_time) AS max_on_time
    FROM {chosen}
    GROUP BY tenant, video_id, type, minute
"""


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        order = json.load(file)
    end_with(order["parentPid"], order["lifeS"])
    try:
        answer = carry_out(order)
    except Exception as error:  # whatever it is, it is told
        answer = {"fault": words_of(error)}
    write_whole(order["answer"], {"job": order["job"], **answer})


def carry_out(order):
    spark = SparkSession.builder.appName(f"tally recount {order['job']}").getOrCreate()
    try:
        damaged = damaged_files(spark, order)
        if damaged:
            return {"damaged": damaged}
        recount(spark, order).write.mode("error").parquet(order["out"])
        return {"counted": written(spark, order["out"])}
    finally:
        spark.stop()


def damaged_files(spark, order):
    """The keys of files whose bytes do not match the checksums in their names."""
    wanted = {file["key"]: file["crc32"] for file in order["unchecked"]}
    if not wanted:
        return []
    files = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(paths(order, wanted))
    if order["checksAtOnce"] is not None:
        files = files.coalesce(order["checksAtOnce"])
    # A key is the folder of its day, that of its hour, and a name.
    found = files.selectExpr("substring_index(path, '/', -3) AS key", "crc32(content) AS crc32").collect()
    checksums = {file.key: file.crc32 for file in found}
    return [key for key, crc32 in wanted.items() if checksums.get(key) != crc32]


def recount(spark, order):
    """One row a bucket, in no order."""
    events = spark.read.schema(EVENT_COLUMNS).option("recursiveFileLookup", True).parquet(*paths(order, order["keys"]))
    if len(events.inputFiles()) != len(order["keys"]):
        raise RuntimeError("some raw files are gone")
    events = in_range(in_hours(events, order["hours"]), order["from"], order["to"])
    counted = spark.sql(
        COUNTED.replace("{oldest_live}", order["oldestLive"]),
        events=events,
        before_minute=order["beforeMinute"],
        ahead_ms=order["aheadMs"],
    )
    return spark.sql(BUCKETS, chosen=spark.sql(CHOSEN, counted=counted))


def in_hours(events, hours):
    """A range first, by which row groups are skipped."""
    minute = col("minute")
    between = events.where((minute >= min(hours)) & (minute < max(hours) + MINUTES_PER_HOUR))
    return between.where(expr(f"minute - pmod(minute, {MINUTES_PER_HOUR})").isin(hours))


def in_range(events, start, end):
    """Half-open; texts are compared by their bytes in UTF-8, as everywhere."""
    tenant, video = col("tenant"), col("video_id")
    if start is not None:
        is_after = (tenant > start["tenant"]) | ((tenant == start["tenant"]) & (video >= start["videoId"]))
        events = events.where(is_after)
    if end is not None:
        is_before = (tenant < end["tenant"]) | ((tenant == end["tenant"]) & (video < end["videoId"]))
        events = events.where(is_before)
    return events


def written(spark, out):
    """What is there, read again."""
    rows = spark.read.parquet(escaped(out))
    counted = rows.selectExpr("count(*) AS buckets", "coalesce(sum(count), 0) AS events").first()
    names = [unquote(path).rsplit("/", 1)[1] for path in rows.inputFiles()]
    return {"buckets": counted.buckets, "events": counted.events, "files": sorted(names)}


def paths(order, keys):
    return [f"{escaped(order['root'])}/{key}" for key in keys]


def escaped(path):
    """What would be a pattern is itself."""
    return re.sub(r"[\\{}\[\]*?]", r"\\\g<0>", path)


def end_with(parent_pid, life_s):
    """A process that was killed cannot end what it started, so that must look for itself."""
    until = time.monotonic() + life_s

    def watch():
        while time.monotonic() < until and is_there(parent_pid):
            time.sleep(WATCH_S)
        os.kill(os.getpid(), signal.SIGKILL)  # which ends Spark, too

    threading.Thread(target=watch, daemon=True).start()


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def words_of(error):
    """On one line: of an error of Java its innermost cause, else what it says first."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    text = cause.toString() if cause is not None else str(error)
    return f"{type(error).__name__}: {' '.join(text.split())}"[:FAULT_CHARS_MAX]


def write_whole(path, answer):
    draft = f"{path}.part"
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.rename(draft, path)


if __name__ == "__main__":
    main()
