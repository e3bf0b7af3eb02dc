package hearth.lambda;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What went wrong, as callers and the log see it. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    private static final String OURS = "hearth.lambda.";
    private static final String BAD_CODE = "Runtime.BadFunctionCode";
    private static final int CAUSES_MAX = 8;

    private final String message;
    private final String type;
    private final String trace;
    private final transient List<Object> frames;
    private final transient Map<String, Object> cause;
    /** Told at once, and the process ends: the function cannot run at all. */
    final boolean fatal;
    /** For the platform: whose fault it is. */
    final String reportedType;

    private Failure(String message, Throwable error, String reportedType, boolean raised, boolean fatal) {
        super(message, null, false, false);
        this.message = message;
        this.fatal = fatal;
        this.type = error == null ? null : error.getClass().getName();
        this.trace = error == null ? null : traceOf(error);
        this.reportedType = reportedType;
        this.frames = raised ? framesOf(error) : null;
        this.cause = raised && error.getCause() != null ? described(error.getCause(), CAUSES_MAX) : null;
    }

    /** The handler raised it. */
    static Failure raised(Throwable error) {
        cut(error, Collections.newSetFromMap(new IdentityHashMap<>()));
        boolean fatal = error instanceof VirtualMachineError || error instanceof java.io.IOError;
        return new Failure(messageOf(error), error, "Runtime.UserException", true, fatal);
    }

    /** There is no handler by this description; each event is answered so. */
    static Failure unusable(String message, Throwable error) {
        return new Failure(message, error, BAD_CODE, false, false);
    }

    /** The function's own code failed while it was loaded. */
    static Failure atStart(String message, Throwable error) {
        return new Failure(message == null ? messageOf(error) : message, error, BAD_CODE, false, true);
    }

    /** Hooks of the function failed: see Hooks. */
    static Failure inHooks(Throwable error, String reportedType) {
        StringBuilder all = new StringBuilder();
        for (Throwable one : error.getSuppressed()) all.append(all.length() == 0 ? "" : "; ").append(one);
        return new Failure(all.toString(), error, reportedType, false, true);
    }

    byte[] json() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("errorMessage", message);
        if (type != null) document.put("errorType", type);
        if (frames != null) document.put("stackTrace", frames);
        if (cause != null) document.put("cause", cause);
        return JsonWriter.bytes(document);
    }

    String logText() {
        return type == null ? message : message + ": " + type + "\n" + trace;
    }

    private static String messageOf(Throwable error) {
        String message = error.getLocalizedMessage();
        return message == null ? error.getClass().getName() : message;
    }

    private static Map<String, Object> described(Throwable error, int causes) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("errorMessage", messageOf(error));
        document.put("errorType", error.getClass().getName());
        document.put("stackTrace", framesOf(error));
        if (error.getCause() != null && causes > 0) document.put("cause", described(error.getCause(), causes - 1));
        return document;
    }

    private static List<Object> framesOf(Throwable error) {
        List<Object> frames = new ArrayList<>();
        for (StackTraceElement frame : error.getStackTrace()) frames.add(frame.toString());
        return frames;
    }

    private static String traceOf(Throwable error) {
        cut(error, Collections.newSetFromMap(new IdentityHashMap<>()));
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Drops the frames from ours on: they say nothing about the function's code. */
    private static void cut(Throwable error, Set<Throwable> seen) {
        if (error == null || !seen.add(error)) return;
        StackTraceElement[] frames = error.getStackTrace();
        for (int i = 0; i < frames.length; ++i) {
            if (!frames[i].getClassName().startsWith(OURS)) continue;
            error.setStackTrace(java.util.Arrays.copyOf(frames, i));
            break;
        }
        cut(error.getCause(), seen);
        for (Throwable suppressed : error.getSuppressed()) cut(suppressed, seen);
    }
}
