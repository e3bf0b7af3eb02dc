package hearth.lambda;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Date;
import java.util.Map;

/** Values that are written as one JSON string, number or boolean. */
final class Scalars {
    private Scalars() {}

    static boolean has(Class<?> type) {
        return type.isPrimitive() || type.isEnum() || type == String.class || type == CharSequence.class
                || Number.class.isAssignableFrom(type) && type.getName().startsWith("java.") || type == Boolean.class
                || type == Character.class || type == Date.class || type == ByteBuffer.class;
    }

    static Object zero(Class<?> type) {
        return java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0);
    }

    /** REQUIRES has(type) and a value. */
    static Object of(Object value, Class<?> type) {
        if (value instanceof java.util.List && ((java.util.List<?>) value).size() == 1) {
            Object only = ((java.util.List<?>) value).get(0);
            if (only != null) return of(only, type);
        }
        if (value instanceof Map || value instanceof java.util.List) throw unfit(value, type);
        String text = value.toString();
        if (type == String.class || type == CharSequence.class) return text;
        if (type == ByteBuffer.class) return ByteBuffer.wrap(bytes(text));
        if (value instanceof String && text.trim().isEmpty()) return type.isPrimitive() ? zero(type) : null;
        if (type.isEnum()) return constant(value, type);
        if (type == boolean.class || type == Boolean.class) return truth(value, type);
        if (type == char.class || type == Character.class) {
            if (value instanceof Number) return (char) ((Number) value).intValue();
            if (text.length() == 1) return text.charAt(0);
            throw unfit(value, type);
        }
        if (value instanceof Boolean) throw unfit(value, type);
        try {
            if (type == Date.class) return value instanceof Number ? new Date(((Number) value).longValue()) : Times.date(text.trim());
            return number(value instanceof Number ? (Number) value : null, text.trim(), type);
        } catch (NumberFormatException | java.time.DateTimeException error) {
            throw unfit(value, type);
        }
    }

    private static Object number(Number value, String text, Class<?> type) {
        if (type == double.class || type == Double.class) return Double.valueOf(text);
        if (type == float.class || type == Float.class) return Float.valueOf(text);
        if (type == BigDecimal.class) return new BigDecimal(text);
        if (type == Number.class) {
            if (value instanceof Json.Decimal) return value.doubleValue();
            return value != null ? value : (Number) new BigDecimal(text);
        }
        BigInteger whole = new BigDecimal(text).toBigInteger();
        if (type == BigInteger.class) return whole;
        if (type == int.class || type == Integer.class) return (int) within(whole, Integer.SIZE, type);
        if (type == long.class || type == Long.class) return within(whole, Long.SIZE, type);
        if (type == short.class || type == Short.class) return (short) within(whole, Short.SIZE, type);
        if (type == byte.class || type == Byte.class) return (byte) within(whole, Byte.SIZE, type);
        return made(text, type);
    }

    private static long within(BigInteger value, int bits, Class<?> type) {
        if (value.bitLength() >= bits) throw new Binder.Mismatch(value + " is out of the range of " + type.getName(), null);
        return value.longValue();
    }

    private static Object truth(Object value, Class<?> type) {
        if (value instanceof Boolean) return value;
        if (value instanceof Number) return ((Number) value).doubleValue() != 0;
        if (value.equals("true") || value.equals("True") || value.equals("TRUE")) return true;
        if (value.equals("false") || value.equals("False") || value.equals("FALSE")) return false;
        throw unfit(value, type);
    }

    /** Null for a name that the function does not know yet. */
    private static Object constant(Object value, Class<?> type) {
        Object[] all = type.getEnumConstants();
        if (value instanceof Integer && (Integer) value >= 0 && (Integer) value < all.length) return all[(Integer) value];
        for (Object one : all) {
            if (((Enum<?>) one).name().equals(value)) return one;
        }
        return null;
    }

    /** An object of a class that can be made from a string or a number: through a constructor or its factory. */
    static Object made(Object value, Class<?> type) {
        if (value instanceof String && ((String) value).isEmpty() && !Modifier.isAbstract(type.getModifiers())) return null;
        if (type.getName().startsWith("java.time.")) return Times.made(value, type);
        Class<?> given = value instanceof String ? String.class : value instanceof Boolean ? boolean.class : null;
        try {
            if (given != null) {
                Executable maker = maker(type, given);
                if (maker instanceof Method) return ((Method) maker).invoke(null, value);
                if (maker != null) return ((java.lang.reflect.Constructor<?>) maker).newInstance(value);
            }
        } catch (ReflectiveOperationException error) {
            throw new Binder.Mismatch("Cannot construct instance of " + type.getName() + " from '" + value + "'",
                    Binder.causeOf(error));
        }
        throw unfit(value, type);
    }

    private static Executable maker(Class<?> type, Class<?> given) {
        try {
            if (!Modifier.isAbstract(type.getModifiers())) return Bean.open(type.getConstructor(given));
        } catch (NoSuchMethodException none) {
            // There may be a factory.
        }
        for (String name : new String[] {"valueOf", "fromString", "parse", "create", "forName"}) {
            try {
                Method method = type.getDeclaredMethod(name, given);
                if (Modifier.isStatic(method.getModifiers()) && type.isAssignableFrom(method.getReturnType())) return Bean.open(method);
            } catch (NoSuchMethodException none) {
                // The next.
            }
        }
        return null;
    }

    static byte[] bytes(String text) {
        try {
            return Base64.getMimeDecoder().decode(text);
        } catch (IllegalArgumentException error) {
            throw new Binder.Mismatch("bytes are written in base64", error);
        }
    }

    static Binder.Mismatch unfit(Object value, Class<?> type) {
        String kind = value instanceof Map ? "an object" : value instanceof java.util.List ? "a list" : "'" + value + "'";
        return new Binder.Mismatch("Cannot deserialize value of type " + type.getName() + " from " + kind, null);
    }
}
