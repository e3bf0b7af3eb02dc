package hearth.lambda;

import com.amazonaws.services.lambda.crac.CheckpointException;
import com.amazonaws.services.lambda.crac.Context;
import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.crac.Resource;
import com.amazonaws.services.lambda.crac.RestoreException;
import com.amazonaws.services.lambda.runtime.LambdaRuntimeInternal;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The Java runtime: loads the function's handler, then serves events until it is killed. */
public final class Main {
    private static final String AHEAD = "--ahead";
    private static final String SNAPSHOT = "_HEARTH_SNAPSHOT";
    private static final long LOADED_AHEAD_BYTES = 192L << 20;  // an image is bounded by these and the function's memory
    private static final int HOOKS_FAILED = 64;
    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";

    private static final Log LOG = (Log) com.amazonaws.services.lambda.runtime.LambdaRuntime.getLogger();

    private Main() {}

    public static void main(String[] options) throws IOException {
        Pipe pipe = new Pipe();
        if (Arrays.asList(options).contains(AHEAD)) becomeAFunction(pipe);
        String snapshot = Native.take(SNAPSHOT);
        System.setProperty("org.crac.Core.Compat", "com.amazonaws.services.lambda.crac");
        URLClassLoader classes = new URLClassLoader(classPath(), ClassLoader.getSystemClassLoader());
        Thread.currentThread().setContextClassLoader(classes);
        Handler handler = null;
        Failure unusable = null;
        try {
            handler = new HandlerLoader(classes).load(String.valueOf(System.getenv("_HANDLER")));
        } catch (Failure failure) {
            unusable = failure;
        }
        if (unusable != null && unusable.fatal) endInit(pipe, unusable, 1);
        if (snapshot != null) beginAnew(pipe, snapshot.equals("make"));
        String most = System.getenv("AWS_LAMBDA_MAX_CONCURRENCY");
        if (most == null) serve(pipe, handler, unusable);
        else serveMany(Integer.parseInt(most), pipe, handler, unusable);
    }

    /** So many events at once, each in a thread. Without one of them the process is not what it was said to be. */
    private static void serveMany(int most, Pipe pipe, Handler handler, Failure unusable) {
        Log.serveMany();
        for (int number = 0; number < most; ++number) {
            new Thread(() -> {
                try {
                    serve(new Pipe(pipe), handler, unusable);
                } catch (Throwable lost) {
                    lost.printStackTrace();
                    System.exit(1);
                }
            }, "serving-" + number).start();
        }
    }

    /**
     * Started ahead of need: loads what many functions load, and waits to be told which one this is. Nothing may ask for
     * an environment variable or the time zone before that, as Java would keep the answer.
     */
    private static void becomeAFunction(Pipe pipe) throws IOException {
        Warm.up();
        Map<?, ?> variables = (Map<?, ?>) Json.parse(new String(pipe.environment(), StandardCharsets.UTF_8));
        StringBuilder text = new StringBuilder();
        for (Map.Entry<?, ?> one : variables.entrySet()) text.append(one.getKey()).append('=').append(one.getValue()).append('\0');
        String folder = String.valueOf(variables.get("LAMBDA_TASK_ROOT"));
        System.setProperty("sun.java.command", System.getProperty("sun.java.command").replace(" " + AHEAD, ""));
        Native.become(text.toString().getBytes(StandardCharsets.UTF_8), folder.getBytes(StandardCharsets.UTF_8));
    }

    /** Written down, in each process that is made of it; or at rest, until this one is an environment's. */
    private static void beginAnew(Pipe pipe, boolean written) throws IOException {
        Context<Resource> hooks = Core.getGlobalContext();
        try {
            hooks.beforeCheckpoint(null);
        } catch (CheckpointException error) {
            endInit(pipe, Failure.inHooks(error, "Runtime.BeforeCheckpointError"), HOOKS_FAILED);
        }
        System.gc();
        if (!written) pipe.rest();
        else if (pipe.writeSnapshot(bytesMax())) takeVariables();
        try {
            hooks.afterRestore(null);
        } catch (RestoreException error) {
            endInit(pipe, Failure.inHooks(error, "Runtime.AfterRestoreError"), HOOKS_FAILED);
        }
    }

    private static long bytesMax() {
        return (Long.parseLong(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")) << 20) + LOADED_AHEAD_BYTES;
    }

    private static void takeVariables() {
        Map<String, String> had = System.getenv();
        for (String variable : new String(Native.variables(), StandardCharsets.UTF_8).split("\0")) {
            int equals = variable.indexOf('=');
            String name = variable.substring(0, Math.max(equals, 0));
            String value = variable.substring(equals + 1);
            if (!name.isEmpty() && !name.equals(SNAPSHOT) && !value.equals(had.get(name))) Native.change(had, name, value);
        }
    }

    private static void endInit(Pipe pipe, Failure failure, int status) throws IOException {
        tell(failure);
        pipe.failInit(failure.reportedType, failure.json());
        System.exit(status);
    }

    private static URL[] classPath() throws MalformedURLException {
        File task = new File(String.valueOf(System.getenv("LAMBDA_TASK_ROOT")));
        List<URL> all = new ArrayList<>();
        all.add(task.toURI().toURL());
        addJars(new File(task, "lib"), all);
        addJars(new File("/opt/java/lib"), all);
        return all.toArray(new URL[0]);
    }

    private static void addJars(File folder, List<URL> all) throws MalformedURLException {
        String[] names = folder.list();
        if (names == null) return;
        Arrays.sort(names);
        for (String name : names) {
            if (name.endsWith(".jar")) all.add(new File(folder, name).toURI().toURL());
        }
    }

    private static void serve(Pipe pipe, Handler handler, Failure unusable) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream(1024);
        for (;;) {
            Pipe.Event event = pipe.next();
            output.reset();
            Thread.interrupted();  // the last event's affair
            try {
                if (unusable != null) throw unusable;
                FunctionContext context = new FunctionContext(event);
                prepare(context);
                handler.handle(event.payload, output, context);
                byte[] bytes = output.toByteArray();
                pipe.respond(bytes, bytes.length);
            } catch (Failure failure) {
                fail(pipe, failure);
            } catch (Throwable error) {
                fail(pipe, Failure.raised(error));
            }
        }
    }

    private static void fail(Pipe pipe, Failure failure) throws IOException {
        tell(failure);
        pipe.fail(failure.reportedType, failure.json());
        if (!failure.fatal) return;
        pipe.flush();
        System.exit(1);
    }

    private static void tell(Failure failure) {
        LOG.log(failure.logText(), Log.json() ? LogLevel.ERROR : LogLevel.UNDEFINED);
    }

    private static void prepare(FunctionContext context) {
        Log.serve(context);
        String trace = Log.many() ? null : context.getXrayTraceId();  // the property is the whole process's
        if (trace == null) System.clearProperty(TRACE_PROPERTY);
        else System.setProperty(TRACE_PROPERTY, trace);
        if (!LambdaRuntimeInternal.getUseLog4jAppender()) return;
        put("org.apache.log4j.MDC", Object.class, context);
        put("org.apache.logging.log4j.ThreadContext", String.class, context);
    }

    /** Log lines of log appenders carry the request's id. */
    private static void put(String type, Class<?> value, FunctionContext context) {
        try {
            Method put = Class.forName(type, true, Thread.currentThread().getContextClassLoader()).getMethod("put", String.class, value);
            put.invoke(null, "AWSRequestId", context.getAwsRequestId());
        } catch (ReflectiveOperationException absent) {
            // The function uses the other of the two.
        }
    }
}
