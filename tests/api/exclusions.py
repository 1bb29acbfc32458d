"""What schemathesis is not asked to hold, each with its reason, and what a schema cannot say.

A request that fits the description must be taken. Where whether it fits depends on something that no JSON Schema can
express (the time of day, another request, two fields that must fit together), a generated request is put right here
before it is sent, so that it is taken or something is wrong. Nothing here touches requests that break the description.
Those rules have tests of their own, beside the code that holds them.
"""

from datetime import UTC, datetime, timedelta
import json
import zoneinfo

from hypothesis import strategies as st
import schemathesis

# GET /v1/live is left out by tests/api/worlds.ts: its answer is a stream that never ends.
# services/query/live/live-route.test.ts holds it.

HOUR = timedelta(hours=1)
# Epoch seconds of the years 2000 to 2099.
SECONDS_FROM = 946_684_800
SECONDS_TO = 4_102_444_800
NDJSON = "application/x-ndjson"


def put_right(*paths, reason):
    """Marks a function that changes what a request to one of these paths holds."""

    def mark(change):
        RULES.extend((path, change) for path in paths)
        assert reason
        return change

    return mark


RULES = []


@put_right(
    "/v1/videos/{videoId}/stats",
    "/v1/videos/{videoId}/summary",
    "/v1/videos/{videoId}/uniques",
    "/v1/channels/{channelId}/uniques",
    "/v1/videos/{videoId}/breakdown",
    "/v1/channels/{channelId}/breakdown",
    "/v1/site/breakdown",
    "/v1/channels/{channelId}/stats",
    "/v1/site/stats",
    "/v1/top",
    "/v1/admin/exports/raw",
    "/v1/admin/exports/counts",
    "/v1/admin/recount",
    "/v1/admin/sql",
    "/v1/query",
    reason="a start must not lie after its end, and how long a range may be depends on the period and on today",
)
def within_the_last_hours(case):
    for fields in (case.query, case.body):
        if isinstance(fields, dict):
            if "startTime" in fields:
                fields["startTime"] = like(fields["startTime"], now() - 2 * HOUR)
            if "endTime" in fields:
                fields["endTime"] = like(fields["endTime"], now() - HOUR)
            elif "granularity" in fields and "startTime" not in fields:
                fields["startTime"] = milliseconds(now() - 2 * HOUR)


@put_right(
    "/v1/videos/{videoId}/breakdown",
    "/v1/channels/{channelId}/breakdown",
    "/v1/site/breakdown",
    "/v1/videos/{videoId}/stats",
    "/v1/channels/{channelId}/stats",
    "/v1/site/stats",
    reason="which attributes can be asked for is a setting of the server",
)
def declared(case):
    if isinstance(case.query, dict):
        if "by" in case.query:
            case.query["by"] = "country"
        if "where" in case.query:
            case.query["where"] = [f"country:{one.split(':', 1)[1]}" for one in case.query["where"]]


@put_right(
    "/v1/query",
    reason="which attributes can be asked for is a setting of the server; an attribute is alone, and its rows have no "
    "further page; all values of a filter are counted together, and an answer has a greatest size",
)
def grouped_by_what_is_declared(case):
    if isinstance(case.body, dict):
        groups = case.body.get("groupBy", [])
        words = [groups] if isinstance(groups, str) else groups
        if not all(word in ("video", "type", "channel") for word in words):
            case.body["groupBy"] = ["country"]
            case.body.pop("granularity", None)
        if case.body.get("where"):
            values = next(iter(case.body["where"].values()))
            case.body["where"] = {"country": values}


@put_right("/v1/admin/sql", reason="SQL has a grammar of its own")
def a_question(case):
    if isinstance(case.body, dict) and "sql" in case.body:
        case.body["sql"] = "SELECT type, count(*) FROM events GROUP BY type"


@put_right(
    "/v1/admin/dead-letters",
    "/v1/admin/dead-letters/replay",
    "/v1/admin/privacy",
    reason="a start that looks like seconds is refused, and a zone can move a first or last day out of what is taken",
)
def beyond_doubt(case):
    for fields in (case.query, case.body):
        if isinstance(fields, dict):
            for name in ("startTime", "endTime"):
                if name in fields and is_doubtful(fields[name]):
                    fields[name] = like(fields[name], now())


@put_right(
    "/v1/admin/exports/raw",
    "/v1/admin/exports/counts",
    reason="how a CSV file is written can be said of CSV files alone",
)
def as_csv(case):
    if isinstance(case.query, dict) and ("formulaGuard" in case.query or "bom" in case.query):
        case.query["format"] = "csv"


@put_right("/v1/query", reason="an order must be by what is asked for, and a cursor comes from an earlier answer")
def ordered_by_what_is_asked_for(case):
    if isinstance(case.body, dict):
        case.body.pop("cursor", None)
        if "orderBy" in case.body:
            functions = case.body.get("functions", "count")
            first = functions if isinstance(functions, str) else functions[0]
            sign = "-" if case.body["orderBy"].startswith("-") else ""
            case.body["orderBy"] = sign + first


@put_right(
    "/v1/admin/dead-letters",
    "/v1/admin/dead-letters/replay",
    "/v1/videos",
    reason="a cursor comes from an earlier answer",
)
def from_the_first_page(case):
    for fields in (case.query, case.body):
        if isinstance(fields, dict):
            fields.pop("cursor", None)


@put_right(
    "/v1/events",
    "/v1/events/validate",
    reason="an event is of the last days, and nothing here compresses a body",
)
def of_now(case):
    (case.headers or {}).pop("content-encoding", None)
    if isinstance(case.body, str):
        case.body = json.dumps(event())
    else:
        events = case.body.get("events", [case.body]) if isinstance(case.body, dict) else case.body
        for one in events if isinstance(events, list) else []:
            if "time" in one:  # the data of a CloudEvent has none
                one["time"] = like(one["time"], now())


@put_right(
    "/v1/events",
    "/v1/events/validate",
    "/v1/videos/{videoId}/heartbeat",
    reason="fields that are not described may be sent, but none, at any depth, by which JavaScript names a prototype",
)
def without_prototypes(case):
    case.body = harmless(case.body)


@put_right("/v1/admin/imports/{id}/rows", reason="rows of an import come in order, and a row is an event")
def the_first_row(case):
    (case.query or {})["from"] = 0
    case.body = json.dumps(event())


@put_right("/v1/videos", reason="videos are refused by their index, and the request where none is valid")
def with_a_valid_video(case):
    if case.method == "POST":
        case.body = {"videos": [{"videoId": "cats", "title": "Two cats"}]}


@put_right(
    "/v1/alerts",
    reason="a receiver is of the public internet, and which of its names there are no schema knows",
)
def told_to_an_example(case):
    if isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = "https://hooks.example/tally"
        if "factor" in case.body:
            case.body["factor"] = round(case.body["factor"], 3)


@put_right("/v1/admin/layouts", reason="a layout is for a coming minute, and soon")
def as_soon_as_possible(case):
    if isinstance(case.body, dict):
        case.body.pop("from", None)


@put_right("/v1/admin/dead-letters/{id}/replay", reason="a tenant goes only with an event")
def tenant_with_event(case):
    if isinstance(case.body, dict) and "event" not in case.body:
        case.body.pop("tenant", None)


@schemathesis.hook
def filter_case(context, case):
    # Lines of JSON are described as text, and whatever is sent as a body is text.
    return case.media_type != NDJSON or isinstance(case.body, str)


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    for path, change in RULES:
        if path == case.operation.path:
            change(case)


# Ids of the IANA database, of which a schema knows only the name of the format. Two files beside them stand for "the
# zone of this machine" and "no zone is set", and are none.
NO_ZONES = {"localtime", "Factory"}
schemathesis.openapi.format("time-zone", st.sampled_from(sorted(zoneinfo.available_timezones() - NO_ZONES)))


@schemathesis.serializer(NDJSON)
def lines(ctx, value):
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def event():
    return {"id": "e1", "videoId": "cats", "type": "view", "time": milliseconds(now())}


def now():
    return datetime.now(UTC)


def milliseconds(time):
    return int(time.timestamp() * 1000)


def like(given, time):
    """The time in the form in which another one was given: text, or milliseconds."""
    text = isinstance(given, str) and not given.isdigit()
    return time.isoformat().replace("+00:00", "Z") if text else milliseconds(time)


def is_doubtful(time):
    try:
        return SECONDS_FROM <= float(time) < SECONDS_TO
    except ValueError:
        return time.startswith(("1970-01-01", "2000-01-01", "9999-12-"))


def harmless(value):
    """The same without the names that are refused."""
    if isinstance(value, dict):
        names = [name for name in value if name not in ("__proto__", "constructor")]
        return {name: harmless(value[name]) for name in names}
    return [harmless(one) for one in value] if isinstance(value, list) else value
