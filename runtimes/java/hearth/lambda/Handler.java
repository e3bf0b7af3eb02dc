package hearth.lambda;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;

/** A function's handler, in whichever form it was written. */
abstract class Handler {
    /** Writes the answer to `output`. Raises what the handler raises. */
    abstract void handle(byte[] event, ByteArrayOutputStream output, Context context) throws Throwable;

    static Handler stream(RequestStreamHandler handler) {
        return new Handler() {
            @Override
            void handle(byte[] event, ByteArrayOutputStream output, Context context) throws Throwable {
                handler.handleRequest(new ByteArrayInputStream(event), output, context);
            }
        };
    }

    /** `variables`: what type parameters in `input` stand for. */
    @SuppressWarnings("unchecked")
    static Handler object(RequestHandler<?, ?> handler, Type input, Type output, Map<TypeVariable<?>, Type> variables, CustomPojoSerializer own) {
        return new ObjectHandler(input, output, variables, own) {
            @Override
            Object call(Object event, Context context) throws Throwable {
                return ((RequestHandler<Object, Object>) handler).handleRequest(event, context);
            }
        };
    }

    /** `input`: null where the method takes no event. */
    static Handler method(Method method, Object owner, Type input, boolean withContext, CustomPojoSerializer own) {
        return new ObjectHandler(input, method.getGenericReturnType(), Collections.emptyMap(), own) {
            @Override
            Object call(Object event, Context context) throws Throwable {
                if (input == null) return withContext ? invoke(method, owner, context) : invoke(method, owner);
                return withContext ? invoke(method, owner, event, context) : invoke(method, owner, event);
            }
        };
    }

    /** A method that takes some of InputStream, OutputStream and Context, in this order. */
    static Handler streamMethod(Method method, Object owner) {
        Class<?>[] wanted = method.getParameterTypes();
        return new Handler() {
            @Override
            void handle(byte[] event, ByteArrayOutputStream output, Context context) throws Throwable {
                Object[] arguments = new Object[wanted.length];
                for (int i = 0; i < wanted.length; ++i) {
                    arguments[i] = wanted[i] == InputStream.class ? new ByteArrayInputStream(event)
                            : wanted[i] == OutputStream.class ? output : context;
                }
                invoke(method, owner, arguments);
            }
        };
    }

    private static Object invoke(Method method, Object owner, Object... arguments) throws Throwable {
        try {
            return method.invoke(owner, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause() != null ? error.getCause() : error;
        }
    }

    private abstract static class ObjectHandler extends Handler {
        private final Type input;
        private final Type output;
        private final Map<TypeVariable<?>, Type> variables;
        private final CustomPojoSerializer own;

        ObjectHandler(Type input, Type output, Map<TypeVariable<?>, Type> variables, CustomPojoSerializer own) {
            this.input = input;
            this.output = output;
            this.variables = variables;
            this.own = own;
        }

        abstract Object call(Object event, Context context) throws Throwable;

        @Override
        void handle(byte[] event, ByteArrayOutputStream stream, Context context) throws Throwable {
            Object argument;
            try {
                argument = input == null ? null : read(event);
            } catch (RuntimeException | StackOverflowError error) {
                throw new RuntimeException("An error occurred during JSON parsing", error);
            }
            Object result = call(argument, context);
            try {
                write(result, stream);
            } catch (RuntimeException | StackOverflowError error) {
                throw new RuntimeException("An error occurred during JSON serialization of response", error);
            }
        }

        private Object read(byte[] event) {
            if (own != null) return own.fromJson(new ByteArrayInputStream(event), input);
            return Binder.bind(Json.parse(new String(event, StandardCharsets.UTF_8)), input, variables);
        }

        private void write(Object result, ByteArrayOutputStream stream) {
            if (own != null && output != void.class && output != Void.class) {
                own.toJson(result, stream, output);
                return;
            }
            byte[] bytes = JsonWriter.bytes(result);
            stream.write(bytes, 0, bytes.length);
        }
    }
}
