package hearth.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URLClassLoader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Finds the handler that a function names: "package.Class", or "package.Class::method". */
final class HandlerLoader {
    /** What methods take that read the event or write the answer by themselves: input, output, context. */
    private static final List<String> STREAM_FORMS = Arrays.asList("i", "o", "io", "ic", "oc", "ioc");

    private static final int PARAMETERS_MAX = 256;

    private final URLClassLoader classes;

    HandlerLoader(URLClassLoader classes) {
        this.classes = classes;
    }

    Handler load(String name) throws Failure {
        int colons = name.indexOf("::");
        String className = colons < 0 ? name : name.substring(0, colons);
        if (className.isEmpty() || colons >= 0 && (colons + 2 == name.length() || name.indexOf("::", colons + 2) >= 0)) {
            throw Failure.unusable("Invalid handler: `" + name + "'", null);
        }
        Class<?> owner = find(className);
        return colons < 0 ? ofClass(owner) : ofMethod(owner, name.substring(colons + 2));
    }

    private Class<?> find(String name) throws Failure {
        try {
            return Class.forName(name, true, classes);
        } catch (ClassNotFoundException error) {
            throw Failure.unusable("Class not found: " + name, error);
        } catch (ExceptionInInitializerError error) {
            throw Failure.atStart("Error loading class " + name, error.getCause() == null ? error : error.getCause());
        } catch (Throwable error) {
            throw Failure.atStart("Error loading class " + name + (error.getMessage() == null ? "" : ": " + error.getMessage()), error);
        }
    }

    private Handler ofClass(Class<?> owner) throws Failure {
        if (RequestStreamHandler.class.isAssignableFrom(owner)) return Handler.stream((RequestStreamHandler) create(owner));
        if (!RequestHandler.class.isAssignableFrom(owner)) {
            throw Failure.unusable("Class does not implement an appropriate handler interface: " + owner.getName(), null);
        }
        Map<TypeVariable<?>, Type> known = new HashMap<>();
        Type[] types = parametersOf(owner, known);
        for (Type type : types) {
            boolean open = type instanceof TypeVariable && ((TypeVariable<?>) type).getBounds()[0] == Object.class;
            if (!open) continue;
            throw Failure.unusable("Class " + owner.getName() + " does not implement RequestHandler with concrete type parameters: "
                    + "parameter " + type + " has no upper bound.", null);
        }
        return Handler.object((RequestHandler<?, ?>) create(owner), types[0], types[1], known, serializer());
    }

    /** What I and O of RequestHandler are for this class, through all that it extends; and in `known` all type parameters. */
    private static Type[] parametersOf(Class<?> owner, Map<TypeVariable<?>, Type> known) throws Failure {
        Deque<Type> waiting = new ArrayDeque<>();
        waiting.add(owner);
        while (!waiting.isEmpty()) {
            Type type = waiting.poll();
            Class<?> raw = Binder.raw(type, known);
            if (type instanceof ParameterizedType) {
                Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
                TypeVariable<?>[] names = raw.getTypeParameters();
                for (int i = 0; i < names.length; ++i) known.put(names[i], known.getOrDefault(arguments[i], arguments[i]));
                if (raw == RequestHandler.class) return new Type[] {known.get(names[0]), known.get(names[1])};
            }
            for (Type one : raw.getGenericInterfaces()) waiting.add(one);
            if (raw.getGenericSuperclass() != null) waiting.add(raw.getGenericSuperclass());
        }
        throw Failure.unusable("Class " + owner.getName() + " does not implement RequestHandler with concrete type parameters", null);
    }

    private Handler ofMethod(Class<?> owner, String name) throws Failure {
        List<Method> candidates = new ArrayList<>();
        try {
            for (Method method : owner.getMethods()) {
                if (method.getName().equals(name)) candidates.add(method);
            }
        } catch (NoClassDefFoundError error) {
            throw Failure.unusable("Error loading method " + name + " on class " + owner.getName(), error);
        }
        candidates.sort(Comparator.comparingInt(HandlerLoader::weight).reversed());
        for (Method method : candidates) {
            if (isStream(method)) return Handler.streamMethod(Bean.open(method), ownerOf(method, owner));
            Type[] types = method.getGenericParameterTypes();
            boolean withContext = takesContext(method);
            int events = types.length - (withContext ? 1 : 0);
            boolean odd = events > 1 || events == 1 && (types[0] == Context.class || method.getParameterTypes()[0] == OutputStream.class);
            if (odd) continue;
            Type input = events == 0 ? null : types[0];
            return Handler.method(Bean.open(method), ownerOf(method, owner), input, withContext, serializer());
        }
        throw Failure.unusable("No public method named " + name + " with appropriate method signature found on class " + owner.getName(), null);
    }

    /** Of overloads the longest is taken; a context at the end counts twice, and what the compiler made comes last. */
    private static int weight(Method method) {
        return method.getParameterCount() + (takesContext(method) ? 1 : 0) - (method.isBridge() ? PARAMETERS_MAX : 0);
    }

    private static boolean takesContext(Method method) {
        Class<?>[] types = method.getParameterTypes();
        return types.length > 0 && types[types.length - 1] == Context.class;
    }

    private static boolean isStream(Method method) {
        StringBuilder form = new StringBuilder();
        for (Class<?> type : method.getParameterTypes()) {
            form.append(type == InputStream.class ? 'i' : type == OutputStream.class ? 'o' : type == Context.class ? 'c' : '?');
        }
        return STREAM_FORMS.contains(form.toString());
    }

    private static Object ownerOf(Method method, Class<?> owner) throws Failure {
        return Modifier.isStatic(method.getModifiers()) ? null : create(owner);
    }

    private static Object create(Class<?> type) throws Failure {
        Constructor<?> constructor;
        try {
            constructor = type.getConstructor();
        } catch (NoSuchMethodException error) {
            boolean inner = type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers());
            String why = inner ? " cannot be instantiated because it is a non-static inner class" : " has no public zero-argument constructor";
            throw Failure.unusable("Class " + type.getName() + why, new Exception(error));
        } catch (Throwable error) {
            throw Failure.unusable(error.getMessage(), error);
        }
        try {
            return Bean.open(constructor).newInstance();
        } catch (InvocationTargetException error) {
            throw Failure.atStart(null, error.getCause() == null ? error : error.getCause());
        } catch (ExceptionInInitializerError error) {
            throw Failure.atStart(null, error.getCause() == null ? error : error.getCause());
        } catch (Throwable error) {
            throw Failure.unusable(error.getMessage(), error);
        }
    }

    /** The function's own way to read and write objects, or null. */
    private CustomPojoSerializer serializer() throws Failure {
        if (classes.findResource("META-INF/services/" + CustomPojoSerializer.class.getName()) == null) return null;
        CustomPojoSerializer found = null;
        try {
            for (CustomPojoSerializer one : ServiceLoader.load(CustomPojoSerializer.class, classes)) {
                if (found != null) throw Failure.atStart("Too many serializers provided inside META-INF/services folder, expected 1", new IllegalStateException());
                found = one;
            }
        } catch (java.util.ServiceConfigurationError error) {
            throw Failure.atStart(null, error);
        }
        return found;
    }
}
