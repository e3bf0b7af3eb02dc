package hearth.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Uses once what most functions use, before it is known for which function: loading and linking take their time once. */
final class Warm {
    /** A function that is served by way of trial. */
    public static final class Sample {
        private String name;
        private List<Integer> numbers;
        private Map<String, Double> shares;

        public Sample handle(Sample event, Context context) {
            return event;
        }

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public List<Integer> getNumbers() {
            return numbers;
        }

        public void setNumbers(List<Integer> numbers) {
            this.numbers = numbers;
        }

        public Map<String, Double> getShares() {
            return shares;
        }

        public void setShares(Map<String, Double> shares) {
            this.shares = shares;
        }
    }

    private Warm() {}

    static void up() {
        try {
            handlerFromAJar();
            // Only loaded: it reads the environment when it is first used.
            Class.forName("java.lang.ProcessEnvironment", false, null);
            linking();
            Failure.raised(new IllegalStateException(String.format("%s %d", "warm", 1))).json();
        } catch (Throwable unneeded) {
            // A function finds the same and tells its owner.
        }
        System.gc();
    }

    private static void handlerFromAJar() throws Throwable {
        URL jar = new File(System.getProperty("hearth.jar")).toURI().toURL();
        // One that does not find our classes elsewhere first.
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar}, ClassLoader.getSystemClassLoader().getParent()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                return name.startsWith(Sample.class.getName()) ? findClass(name) : super.loadClass(name, resolve);
            }
        }) {
            Handler handler = new HandlerLoader(loader).load(Sample.class.getName() + "::handle");
            Pipe.Event event = new Pipe.Event();
            event.head.put("lambda-runtime-deadline-ms", "0");
            handler.handle("{\"name\":\"\\u00e9\",\"numbers\":[1,2],\"shares\":{\"a\":0.5}}".getBytes(StandardCharsets.UTF_8),
                    new ByteArrayOutputStream(), new FunctionContext(event));
        }
    }

    /** Lambdas, streams, and strings put together as compilers for newer versions of Java do it. */
    private static void linking() throws Throwable {
        List<String> words = new ArrayList<>();
        words.add("warm");
        words.stream().map(word -> word.length()).filter(length -> length > 0).collect(Collectors.toList());
        MethodType type = MethodType.methodType(String.class, String.class, int.class);
        Object site = Class.forName("java.lang.invoke.StringConcatFactory")
                .getMethod("makeConcatWithConstants", MethodHandles.Lookup.class, String.class, MethodType.class, String.class, Object[].class)
                .invoke(null, MethodHandles.lookup(), "warm", type, "\1 \1", new Object[0]);
        ((java.lang.invoke.CallSite) site).getTarget().invoke("warm", 1);
    }
}
