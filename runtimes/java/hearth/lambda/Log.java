package hearth.lambda;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The logger of contexts: one event in the log for each call, whatever System.out has become. */
public final class Log implements LambdaLogger {
    /** Of the invocation that is served; null during initialization. Where many are, of this thread and those it began. */
    private static volatile FunctionContext current;
    private static volatile InheritableThreadLocal<FunctionContext> currentHere;

    private static final int FRAME_OF_TEXT_WITH_TIME = 0xa55a0003;
    private static final int FRAME_HEAD_BYTES = 16;

    private final FileOutputStream output = new FileOutputStream(FileDescriptor.out);

    static void serveMany() {
        currentHere = new InheritableThreadLocal<>();
    }

    static boolean many() {
        return currentHere != null;
    }

    static void serve(FunctionContext context) {
        if (many()) currentHere.set(context);
        else current = context;
    }

    @Override
    public void log(String message) {
        log(message, LogLevel.UNDEFINED);
    }

    @Override
    public void log(byte[] message) {
        log(message, LogLevel.UNDEFINED);
    }

    @Override
    public void log(byte[] message, LogLevel level) {
        log(message == null ? null : new String(message, StandardCharsets.UTF_8), level);
    }

    @Override
    public void log(String message, LogLevel level) {
        if (level != LogLevel.UNDEFINED && level.ordinal() < least().ordinal()) return;
        write(json() ? structured(message, level) : level == LogLevel.UNDEFINED ? message : "[" + level + "] " + message);
    }

    private static LogLevel least() {
        String name = System.getenv("AWS_LAMBDA_LOG_LEVEL");
        return name == null || name.isEmpty() ? LogLevel.UNDEFINED : LogLevel.fromString(name);
    }

    static boolean json() {
        return "JSON".equals(System.getenv("AWS_LAMBDA_LOG_FORMAT"));
    }

    private static String structured(String message, LogLevel level) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("timestamp", DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC).format(Instant.now()));
        line.put("message", message);
        line.put("level", level.name());
        FunctionContext context = many() ? currentHere.get() : current;
        if (context != null) {
            line.put("AWSRequestId", context.getAwsRequestId());
            if (context.getTenantId() != null) line.put("tenantId", context.getTenantId());
        }
        return JsonWriter.text(line);
    }

    /** An event of several lines, as one: see log_pipe.h of the server. */
    private static byte[] frame(byte[] message) {
        long micros = System.currentTimeMillis() * 1000;
        return ByteBuffer.allocate(FRAME_HEAD_BYTES + message.length)
                .putInt(FRAME_OF_TEXT_WITH_TIME)
                .putInt(message.length)
                .putLong(micros)
                .put(message)
                .array();
    }

    private void write(String message) {
        String text = String.valueOf(message);
        while (text.endsWith("\n")) text = text.substring(0, text.length() - 1);
        try {
            boolean line = text.indexOf('\n') < 0;
            output.write(line ? (text + "\n").getBytes(StandardCharsets.UTF_8) : frame(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException gone) {
            // There is nobody to tell.
        }
    }
}
