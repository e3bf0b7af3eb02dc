package hearth.lambda;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Date;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes objects as JSON text: maps, lists, scalars, and the properties of everything else. */
final class JsonWriter {
    private final StringBuilder text = new StringBuilder(256);
    private int depth;

    private JsonWriter() {}

    static String text(Object value) {
        JsonWriter writer = new JsonWriter();
        writer.write(value);
        return writer.text.toString();
    }

    static byte[] bytes(Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    private void write(Object value) {
        if (value == null) text.append("null");
        else if (value instanceof CharSequence || value instanceof Character) string(value.toString());
        else if (value instanceof Boolean) text.append(value);
        else if (value instanceof Number) number((Number) value);
        else if (value instanceof Enum) string(((Enum<?>) value).name());
        else structured(value);
    }

    private void structured(Object value) {
        if (++depth > Json.DEPTH_MAX) throw new IllegalArgumentException("the answer is nested too deeply, or contains itself");
        if (value instanceof Map) map((Map<?, ?>) value);
        else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) list(((Iterable<?>) value).iterator());
        else if (value instanceof Iterator) list((Iterator<?>) value);
        else if (value instanceof byte[]) string(Base64.getEncoder().encodeToString((byte[]) value));
        else if (value instanceof char[]) string(new String((char[]) value));
        else if (value.getClass().isArray()) array(value);
        else other(value);
        --depth;
    }

    private void other(Object value) {
        String type = value.getClass().getName();
        if (value instanceof Optional) write(((Optional<?>) value).orElse(null));
        else if (value instanceof Date) text.append(((Date) value).getTime());
        else if (value instanceof ByteBuffer) write(bytesOf((ByteBuffer) value));
        else if (type.startsWith("java.time.")) write(Times.written(value));
        else if (value instanceof Class) string(((Class<?>) value).getName());
        else if (value instanceof AtomicBoolean) text.append(((AtomicBoolean) value).get());
        else if (type.startsWith("java.") || type.startsWith("sun.")) string(value.toString());
        else bean(value);
    }

    private static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private void bean(Object value) {
        char before = '{';
        for (Bean.Property property : Bean.of(value.getClass()).properties()) {
            if (!property.readable()) continue;
            Object member;
            try {
                member = property.get(value);
            } catch (ReflectiveOperationException error) {
                throw new IllegalArgumentException("cannot read " + value.getClass().getName() + "." + property.name,
                        Binder.causeOf(error));
            }
            // As the service's: what a bean does not have is not written, while maps keep their nulls.
            if (member == null) continue;
            if (member == value) throw new IllegalArgumentException("Direct self-reference leading to cycle");
            text.append(before);
            before = ',';
            string(property.name);
            text.append(':');
            write(member);
        }
        text.append(before == '{' ? "{}" : "}");
    }

    private void map(Map<?, ?> map) {
        char before = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (entry.getKey() == null) throw new IllegalArgumentException("a map's key is null");
            text.append(before);
            before = ',';
            string(entry.getKey() instanceof Enum ? ((Enum<?>) entry.getKey()).name() : entry.getKey().toString());
            text.append(':');
            write(entry.getValue());
        }
        text.append(before == '{' ? "{}" : "}");
    }

    private void list(Iterator<?> elements) {
        text.append('[');
        while (elements.hasNext()) {
            write(elements.next());
            if (elements.hasNext()) text.append(',');
        }
        text.append(']');
    }

    private void array(Object array) {
        text.append('[');
        for (int i = 0; i < Array.getLength(array); ++i) {
            if (i > 0) text.append(',');
            write(Array.get(array, i));
        }
        text.append(']');
    }

    private void number(Number value) {
        if (value instanceof Double || value instanceof Float) {
            double number = value.doubleValue();
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                string(value.toString());
                return;
            }
        } else if (!(value instanceof BigDecimal || value instanceof Json.Decimal) && !isWhole(value)) {
            structuredNumber(value);
            return;
        }
        text.append(value);
    }

    private static boolean isWhole(Number value) {
        return value.getClass().getName().startsWith("java.");
    }

    /** A number of the function's own kind. */
    private void structuredNumber(Number value) {
        text.append(new BigDecimal(value.toString()));
    }

    private void string(String value) {
        text.append('"');
        int begin = 0;
        for (int i = 0; i < value.length(); ++i) {
            char c = value.charAt(i);
            if (c >= ' ' && c != '"' && c != '\\') continue;
            text.append(value, begin, i);
            begin = i + 1;
            escape(c);
        }
        text.append(value, begin, value.length()).append('"');
    }

    private void escape(char c) {
        switch (c) {
            case '"':
            case '\\':
                text.append('\\').append(c);
                break;
            case '\b':
                text.append("\\b");
                break;
            case '\f':
                text.append("\\f");
                break;
            case '\n':
                text.append("\\n");
                break;
            case '\r':
                text.append("\\r");
                break;
            case '\t':
                text.append("\\t");
                break;
            default:
                text.append(c < 0x10 ? "\\u000" : "\\u00").append(Integer.toHexString(c));
        }
    }
}
