/** One event as it is read; a task uses one object for all of them. */
final class Event {
    RowKey key;
    long offset;
    long idHigh;
    long idLow;
    boolean hasValue;
    long thousandths;
}
