import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/**
 * Gives each event a key that Flink, too, gives to the task that reads the event: a row is of one partition, so nothing
 * need be sent to another task. Holds as long as partitions stay with their tasks.
 */
final class OwnKeys extends RichMapFunction<Event, Event> {
    private transient int task;
    private transient int tasks;
    private transient int keyGroups;

    @Override
    public void open(OpenContext context) {
        TaskInfo info = getRuntimeContext().getTaskInfo();
        task = info.getIndexOfThisSubtask();
        tasks = info.getNumberOfParallelSubtasks();
        keyGroups = info.getMaxNumberOfParallelSubtasks();
    }

    @Override
    public Event map(Event event) {
        event.key.giveTo(task, tasks, keyGroups);
        return event;
    }
}
