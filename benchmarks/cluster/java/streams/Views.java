import java.util.function.Consumer;

/** Takes the events out of a message. */
interface Views {
    void read(byte[] message, Consumer<View> out);
}
