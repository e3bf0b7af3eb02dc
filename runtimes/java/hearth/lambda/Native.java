package hearth.lambda;

import java.io.FileDescriptor;
import java.util.Map;

/** What Java alone cannot do: see native.cc. */
final class Native {
    static {
        System.load(System.getProperty("hearth.native"));
    }

    private Native() {}

    /** An open descriptor that this process was started with. */
    static native FileDescriptor descriptor(int number);

    /**
     * Sets the process's environment ("NAME=value" strings, each ended by a zero) and enters `folder` anew. Before
     * anybody has read the environment, as Java keeps what it saw.
     */
    static native void become(byte[] variables, byte[] folder);

    /** Removes a variable of the process's environment, before Java has read it: its value, or null. */
    static native String take(String name);

    /** Sets one of the process's variables, also in what Java has read of them (System.getenv()). */
    static native void change(Map<String, String> read, String name, String value);

    /**
     * Writes the process down, as frames of that kind (src/checkpoint of the server). Returns null in each process that is
     * made of it; in this one why it could not be done, or an empty text.
     */
    static native String checkpoint(int descriptor, int kind, long bytesMax);

    /** Of a process that was made of another what it is to have: "NAME=value" strings, each ended by a zero. */
    static native byte[] variables();
}
