package hearth.lambda;

import java.io.FileDescriptor;

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

    /** Removes a variable of the process's environment, before Java has read it; true when it was there. */
    static native boolean take(byte[] name);
}
