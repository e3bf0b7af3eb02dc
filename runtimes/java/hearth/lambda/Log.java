package hearth.lambda;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The logger of contexts: one event in the log for each call, whatever System.out has become. */
public final class Log implements LambdaLogger {
    /** Of the invocation that is served; null during initialization. */
    private static volatile FunctionContext current;

    private final FileOutputStream output = new FileOutputStream(FileDescriptor.out);

    static void serve(FunctionContext context) {
        current = context;
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
        FunctionContext context = current;
        if (context != null) {
            line.put("AWSRequestId", context.getAwsRequestId());
            if (context.getTenantId() != null) line.put("tenantId", context.getTenantId());
        }
        return JsonWriter.text(line);
    }

    private void write(String message) {
        String text = String.valueOf(message);
        while (text.endsWith("\n")) text = text.substring(0, text.length() - 1);
        // A carriage return keeps the lines in one event.
        byte[] line = (text.replace("\r\n", "\n").replace('\n', '\r') + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            output.write(line);
        } catch (IOException gone) {
            // There is nobody to tell.
        }
    }
}
