package hearth.lambda;

import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The Runtime API as frames on a pair of pipes (runtime_pipe.h of the server): a length (4 bytes), a kind (1 byte) and so
 * many bytes. An answer leaves together with the question for the next event. A thread that serves events beside others
 * has a Pipe of its own, with the same ends.
 */
final class Pipe {
    private static final int READ = 3;
    private static final int WRITE = 4;
    private static final int ENVIRONMENT = 1;
    private static final int NEXT = 2;
    private static final int RESPONSE = 3;
    private static final int ERROR = 4;
    private static final int INIT_ERROR = 5;
    private static final int SNAPSHOT = 9;
    private static final int NO_SNAPSHOT = 10;
    private static final int REST = 11;
    private static final int HEAD_BYTES = 5;
    private static final int READ_BYTES = 65536;

    /** An event: the Runtime API's header fields by lower-case names, and the payload. */
    static final class Event {
        final Map<String, String> head = new HashMap<>();
        byte[] payload;

        String field(String name) {
            return head.get("lambda-runtime-" + name);
        }
    }

    /** Of all. */
    private static final class Ends {
        private final FileInputStream input = new FileInputStream(Native.descriptor(READ));
        private final FileOutputStream output = new FileOutputStream(Native.descriptor(WRITE));
        private final byte[] incoming = new byte[READ_BYTES];
        private int begin;
        private int end;

        void write(byte[] bytes) throws IOException {
            synchronized (output) {
                output.write(bytes);
            }
        }

        /** Whoever asked, the frames are for all alike. */
        synchronized byte[] receive() throws IOException {
            byte[] head = exactly(HEAD_BYTES);
            return exactly(number(head, 0));
        }

        private byte[] exactly(int size) throws IOException {
            byte[] bytes = new byte[size];
            int had = Math.min(size, end - begin);
            System.arraycopy(incoming, begin, bytes, 0, had);
            begin += had;
            while (had < size) {
                // What is large goes where it belongs; the rest of a small read is the next frame's.
                boolean large = size - had >= READ_BYTES;
                int count = large ? input.read(bytes, had, size - had) : input.read(incoming, 0, READ_BYTES);
                if (count < 0) throw new EOFException("the server closed the pipe");
                if (large) {
                    had += count;
                    continue;
                }
                begin = Math.min(count, size - had);
                end = count;
                System.arraycopy(incoming, 0, bytes, had, begin);
                had += begin;
            }
            return bytes;
        }
    }

    private final Ends ends;
    private final boolean shared;
    private byte[] delivery = new byte[0];
    private byte[] unsent = new byte[0];

    Pipe() {
        ends = new Ends();
        shared = false;
    }

    /** One of many that serve at once, whose results name what was delivered to it. */
    Pipe(Pipe other) {
        ends = other.ends;
        shared = true;
    }

    /** For a runtime that was started ahead of need: waits until it is known for which function. */
    byte[] environment() throws IOException {
        send(frame(ENVIRONMENT, new byte[0], 0));
        return ends.receive();
    }

    /** After the init: waits until the process is an environment's. */
    void rest() throws IOException {
        send(frame(REST, new byte[0], 0));
        ends.receive();
    }

    /**
     * After the init: true in each process that is made of this one, which itself ends. Where none can be made it rests, and
     * false is when it is an environment's.
     */
    boolean writeSnapshot(long bytesMax) throws IOException {
        String why = Native.checkpoint(WRITE, SNAPSHOT, bytesMax);
        if (why == null) return true;
        if (why.isEmpty()) ends.receive();  // until it is killed
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        send(frame(NO_SNAPSHOT, text, text.length));
        rest();
        return false;
    }

    /** Waits for an event. */
    Event next() throws IOException {
        send(frame(NEXT, new byte[0], 0));
        byte[] frame = ends.receive();
        int headEnd = 4 + number(frame, 0);
        Event event = new Event();
        for (String line : new String(frame, 4, headEnd - 4, StandardCharsets.UTF_8).split("\r\n")) {
            int colon = line.indexOf(": ");
            if (colon > 0) event.head.put(Names.lower(line.substring(0, colon)), line.substring(colon + 2));
        }
        event.payload = Arrays.copyOfRange(frame, headEnd, frame.length);
        if (shared) delivery = event.field("invocation-id").getBytes(StandardCharsets.US_ASCII);
        return event;
    }

    void respond(byte[] body, int size) {
        unsent = frame(RESPONSE, delivery, body, size);
    }

    void fail(String type, byte[] description) {
        byte[] body = described(type, description);
        unsent = frame(ERROR, delivery, body, body.length);
    }

    void failInit(String type, byte[] description) throws IOException {
        byte[] body = described(type, description);
        send(frame(INIT_ERROR, body, body.length));
    }

    /** Sends what waits; for a process that is about to end. */
    void flush() throws IOException {
        send(new byte[0]);
    }

    private static byte[] described(String type, byte[] description) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        byte[] body = new byte[2 + name.length + description.length];
        body[0] = (byte) name.length;
        body[1] = (byte) (name.length >> 8);
        System.arraycopy(name, 0, body, 2, name.length);
        System.arraycopy(description, 0, body, 2 + name.length, description.length);
        return body;
    }

    private static byte[] frame(int kind, byte[] body, int size) {
        return frame(kind, new byte[0], body, size);
    }

    private static byte[] frame(int kind, byte[] before, byte[] body, int size) {
        byte[] frame = new byte[HEAD_BYTES + before.length + size];
        for (int i = 0; i < 4; ++i) frame[i] = (byte) (before.length + size >> 8 * i);
        frame[4] = (byte) kind;
        System.arraycopy(before, 0, frame, HEAD_BYTES, before.length);
        System.arraycopy(body, 0, frame, HEAD_BYTES + before.length, size);
        return frame;
    }

    private void send(byte[] frame) throws IOException {
        byte[] all = frame;
        if (unsent.length > 0) {
            all = Arrays.copyOf(unsent, unsent.length + frame.length);
            System.arraycopy(frame, 0, all, unsent.length, frame.length);
            unsent = new byte[0];
        }
        ends.write(all);
    }

    private static int number(byte[] bytes, int at) {
        int value = 0;
        for (int i = 0; i < 4; ++i) value |= (bytes[at + i] & 0xff) << 8 * i;
        return value;
    }
}
